import {
  quoted,
  rangeAt,
  selectionOptions,
  stateInWords,
  XAIGRID_VERSION,
  XaigridError,
  type Decisions,
  type RunDetails,
  type TableRow,
} from '@xaigrid/contracts';
import { controlMethods as controls, explainers, sumRemedies } from '@xaigrid/explainers';
import { metrics } from '@xaigrid/metrics';
import {
  chooseMethods,
  classTemplates,
  fileName,
  methodPairs,
  rankingFigures,
  rankings,
  settingFigures,
  sweepFigures,
  type Figure,
  type ModelPart,
  type RankingPart,
  type ReportData,
  type ResultPart,
} from '@xaigrid/report';
import { galleryOf } from './gallery.js';
import { readModelPart } from './model-part.js';
import type { CollectOptions, ReportSource } from './report-source.js';
import { readSubjectScores, type SubjectScores } from './subject-scores.js';
import { classLabel, rowsOfSubject, subjectsOf, type Subject } from './subjects.js';

/** The most pairs of model and data set that a page shows in detail. Its tables show all. */
const MOST_SUBJECTS = 6;

/** The most methods in figures and pairs if the user does not choose. */
const MOST_METHODS = 30;

/**
 * Reads everything that a report on one or several runs shows. Evaluations without scores are left out.
 * @throws USAGE for wanted samples without scores
 */
export async function collectReport(
  source: ReportSource,
  references: readonly string[],
  options: CollectOptions,
): Promise<ReportData> {
  const { onePage, selection = {} } = options;
  const runs: RunDetails[] = [];
  let all = 0;
  for (const reference of references) {
    const whole = await source.show(reference);
    all += whole.evaluations.length;
    runs.push({ ...whole, evaluations: await source.evaluations(whole.id, selection) });
  }
  const rows = await source.table(
    runs.map(({ id }) => id),
    selection,
  );
  const subjects = subjectsOf(runs);
  const models: ModelPart[] = [];
  const results: ResultPart[] = [];
  const decisions = runs.flatMap(({ untilDecided }) => untilDecided ?? []);
  const shown: { readonly subject: Subject; readonly scores: SubjectScores }[] = [];
  for (const [at, subject] of subjects.entries()) {
    const own = rowsOfSubject(rows, subject);
    const isInDetail = !onePage || at < MOST_SUBJECTS;
    if (isInDetail) models.push(await modelPart(source, subject, options));
    const { part, first } = await resultPart(source, { subject, rows: own, decisions, isInDetail }, options);
    results.push(part);
    if (first !== undefined) shown.push({ subject, scores: first });
  }
  const [run] = runs;
  if (options.samples !== undefined && shown.length === 0 && run !== undefined) {
    throw new XaigridError(
      'USAGE',
      `No sample can be drawn: there are no scores, and run ${run.id} ${stateInWords(run.state)}. Leave out --sample; see: ${options.hint('show', run.id)}`,
    );
  }
  const gallery = await galleryOf(source, shown, options);
  const chosen = selectionOptions(selection).map(quoted).join(' ');
  return {
    ...{ runs, rows, metrics, methods: explainers, sumRemedies, results, models, gallery, version: XAIGRID_VERSION },
    ...(chosen === '' ? {} : { chosen: { options: chosen, evaluations: all } }),
  };
}

async function modelPart(source: ReportSource, subject: Subject, { onProgress }: CollectOptions): Promise<ModelPart> {
  onProgress(`${subject.title}: reading predictions`);
  const part = await readModelPart(source, subject);
  return { ...part, figures: ofSubject(subject, [...part.figures, ...(await templateFigures(source, subject))]) };
}

interface ResultsOfSubject {
  readonly subject: Subject;
  readonly rows: readonly TableRow[];
  readonly decisions: readonly Decisions[];
  readonly isInDetail: boolean;
}

/** The rankings by each metric, with their figures. `first` are the scores that choose the samples of the gallery. */
async function resultPart(
  source: ReportSource,
  { subject, rows, decisions, isInDetail }: ResultsOfSubject,
  { onProgress, top }: CollectOptions,
): Promise<{ readonly part: ResultPart; readonly first: SubjectScores | undefined }> {
  const { title } = subject;
  const parts: RankingPart[] = [];
  const figures: Figure[] = [];
  let first: SubjectScores | undefined;
  for (const ranking of rankings(rows, { metrics, controls, decisions })) {
    const chosen = chooseMethods(ranking, { top, most: MOST_METHODS });
    if (!isInDetail) {
      parts.push({ ranking, chosen, pairs: [], figures: [] });
      continue;
    }
    onProgress(`${title}: reading scores, ${ranking.metric.title.toLowerCase()}`);
    const scores = await readSubjectScores(source, subject, { ranking, chosen });
    first ??= scores;
    const part = {
      ranking,
      chosen,
      pairs: methodPairs(
        scores.evaluations.map(({ name }) => name),
        scores.samples,
        { ...ranking.measure, range: rangeAt(ranking.measure, ranking.setting) },
      ),
    };
    parts.push({ ...part, figures: ofSubject(subject, await rankingFigures(title, part, scores.samples)) });
    const drawn = [...(await sweepFigures({ title, rows }, part)), ...(await settingFigures({ title, rows }, part))];
    figures.push(...ofSubject(subject, drawn));
  }
  return { part: { title, rows, rankings: parts, figures }, first };
}

/** The compared classes, if the data set knows what its samples are made from. */
async function templateFigures(source: ReportSource, { evaluations, dataset }: Subject): Promise<Figure[]> {
  const [first] = evaluations;
  if (first === undefined) return [];
  const { classNames, classTemplates: templates } = await source.evaluation(first.runId, first.ordinal);
  if (templates === undefined) return [];
  const classes = templates.map((template, index) => ({ name: classLabel(classNames, index), series: { template } }));
  return [await classTemplates({ classes }, `What the samples of ${dataset} are made from, class by class`)];
}

/** The figures of several subjects are files in one folder. */
function ofSubject({ model, dataset }: Subject, figures: readonly Figure[]): Figure[] {
  return figures.map((figure) => ({ ...figure, name: fileName(`${model} ${dataset} ${figure.name}`) }));
}
