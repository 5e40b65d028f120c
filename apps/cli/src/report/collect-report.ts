import { quoted, selectionOptions, XAIGRID_VERSION, type Comparison, type Selection, type TableRow } from '@xaigrid/contracts';
import type { RunControl } from '@xaigrid/orchestrator';
import {
  classTemplates,
  comparisonsTable,
  fileName,
  formatSetting,
  sweepFigures,
  type ColourMap,
  type Figure,
  type ModelPart,
  type PageTable,
  type ReportData,
} from '@xaigrid/report';
import { galleryOf } from './gallery.js';
import { readModelPart } from './model-part.js';
import { dropDistributions } from './score-figures.js';
import { classLabel, rowsOfSubject, subjectsOf, type Subject } from './subjects.js';
import { readSubjectScores, sameSetting, settingToCompare, type SubjectScores } from './subject-scores.js';

/** What runs are read through. */
export type ReportSource = Pick<
  RunControl,
  'show' | 'table' | 'evaluations' | 'scores' | 'comparisons' | 'sample' | 'maps' | 'evaluation' | 'predictions'
>;

export interface CollectOptions {
  readonly onProgress: (line: string) => void;
  /** Whether it is for one page: that shows pairs of model and data set up to a number, and pictures as fine as their sum allows. */
  readonly onePage: boolean;
  /** Samples to draw in place of those that rules choose. */
  readonly samples?: readonly number[];
  readonly colourMap?: ColourMap;
  /** What of the run is shown; the page says so. */
  readonly selection?: Selection;
}

/** Pairs of model and data set that a page shows in detail; its tables hold all. */
const MOST_SUBJECTS = 6;

/** Reads everything that a report shows of a run; what has no scores yet is left out. */
export async function collectReport(source: ReportSource, reference: string, options: CollectOptions): Promise<ReportData> {
  const { onProgress, onePage, selection = {} } = options;
  const whole = await source.show(reference);
  const run = { ...whole, evaluations: await source.evaluations(whole.id, selection) };
  const rows = await source.table([run.id], selection);
  const figures = await sweepFigures(rows);
  const models: ModelPart[] = [];
  const comparisons: PageTable[] = [];
  const shown: { readonly subject: Subject; readonly scores: SubjectScores }[] = [];
  for (const subject of subjectsOf(run).slice(0, onePage ? MOST_SUBJECTS : undefined)) {
    onProgress(`${subject.title}: reading predictions`);
    const part = await readModelPart(source, run.id, subject);
    const templates = await templateFigures(source, run.id, subject);
    models.push({ ...part, figures: ofSubject(subject, [...part.figures, ...templates]) });
    const setting = settingToCompare(dropRows(rows, subject));
    if (setting === undefined) continue;
    onProgress(`${subject.title}: reading scores`);
    const scores = await readSubjectScores(source, run.id, subject.evaluations, setting);
    figures.push(...ofSubject(subject, await dropDistributions(scores, subject.title)));
    if (onePage) comparisons.push(...(await pairsOf(source, run.id, subject, scores)));
    shown.push({ subject, scores });
  }
  const gallery = await galleryOf(source, run.id, shown, options);
  const chosen = selectionOptions(selection).map(quoted).join(' ');
  return {
    ...{ run, rows, comparisons, models, figures, gallery, version: XAIGRID_VERSION },
    ...(chosen === '' ? {} : { chosen: { options: chosen, evaluations: whole.evaluations.length } }),
  };
}

/** The drops of the methods shown, in pairs. */
async function pairsOf(
  source: ReportSource,
  runId: string,
  { dataset, model, title }: Subject,
  { setting, evaluations }: SubjectScores,
): Promise<PageTable[]> {
  if (evaluations.length < 2) return [];
  const labels = new Set(evaluations.map(({ label }) => label));
  const isMeant = (pair: Comparison): boolean =>
    pair.dataset === dataset &&
    pair.model === model &&
    pair.metric === 'drop-increase' &&
    sameSetting(pair.setting, setting) &&
    labels.has(pair.first) &&
    labels.has(pair.second);
  const pairs = (await source.comparisons(runId, { setting, measure: 'drop' })).filter(isMeant);
  return pairs.length === 0 ? [] : [comparisonsTable(pairs, `Drop rate at keep ${formatSetting(setting)}: ${title}`)];
}

function dropRows(rows: readonly TableRow[], subject: Subject): TableRow[] {
  return rowsOfSubject(rows, subject).filter(({ metric }) => metric === 'drop-increase');
}

/** The classes compared, where the data set knows what its samples are made from. */
async function templateFigures(source: ReportSource, runId: string, { evaluations, dataset }: Subject): Promise<Figure[]> {
  const ordinal = evaluations[0]?.ordinal ?? 0;
  const { classNames, classTemplates: templates } = await source.evaluation(runId, ordinal);
  if (templates === undefined) return [];
  const classes = templates.map((template, index) => ({ name: classLabel(classNames, index), series: { template } }));
  return [await classTemplates({ classes }, `What the samples of ${dataset} are made from, class by class`)];
}

/** Figures of several subjects become files in one folder. */
function ofSubject({ model, dataset }: Subject, figures: readonly Figure[]): Figure[] {
  return figures.map((figure) => ({ ...figure, name: fileName(`${model} ${dataset} ${figure.name}`) }));
}
