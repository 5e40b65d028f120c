import { XAIGRID_VERSION, type RunDetails, type TableRow } from '@xaigrid/contracts';
import type { RunControl } from '@xaigrid/orchestrator';
import { sweepFigures, type GalleryPart, type ModelPart, type ReportData } from '@xaigrid/report';
import { galleryOf } from './report-gallery.js';
import { modelPart } from './report-models.js';
import { readSubjectScores, settingToCompare, type SubjectScores } from './report-scores.js';

/** What runs are read through. */
export type ReportSource = Pick<RunControl, 'show' | 'table' | 'scores' | 'sample' | 'maps'>;

/** Pairs of model and data set that a page shows in detail; its tables hold all. */
const MOST_SUBJECTS = 6;

/** One model on one data set, with all that explained it. */
export interface Subject {
  readonly dataset: string;
  readonly model: string;
  readonly title: string;
  readonly evaluations: RunDetails['evaluations'];
}

/** Reads everything a report's page shows of a run; what has no scores yet is left out. */
export async function collectReport(
  source: ReportSource,
  reference: string,
  onProgress: (line: string) => void,
): Promise<ReportData> {
  const run = await source.show(reference);
  const rows = await source.table([run.id]);
  const figures = await sweepFigures(rows);
  const subjects = subjectsOf(run);
  const shown: { readonly subject: Subject; readonly scores: SubjectScores }[] = [];
  const models: ModelPart[] = [];
  for (const subject of subjects.slice(0, MOST_SUBJECTS)) {
    const setting = settingToCompare(rowsOf(rows, subject));
    if (setting === undefined) continue;
    onProgress(`${subject.title}: reading scores`);
    const scores = await readSubjectScores(source, run.id, subject.evaluations, setting);
    models.push(await modelPart(subject.title, scores));
    shown.push({ subject, scores });
  }
  const gallery: GalleryPart[] = await galleryOf(source, run.id, shown, onProgress);
  return { run, rows, models, figures, gallery, version: XAIGRID_VERSION };
}

function subjectsOf({ evaluations }: RunDetails): Subject[] {
  const subjects = new Map<string, Subject>();
  for (const evaluation of evaluations) {
    const { dataset, model } = evaluation;
    const key = JSON.stringify([dataset, model]);
    const subject = subjects.get(key);
    subjects.set(key, {
      ...{ dataset, model, title: `${model} on ${dataset}` },
      evaluations: [...(subject?.evaluations ?? []), evaluation],
    });
  }
  return [...subjects.values()];
}

function rowsOf(rows: readonly TableRow[], { dataset, model }: Subject): TableRow[] {
  return rows.filter((row) => row.dataset === dataset && row.model === model && row.metric === 'drop-increase');
}
