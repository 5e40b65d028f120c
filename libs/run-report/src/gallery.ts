import { XaigridError } from '@xaigrid/contracts';
import {
  chooseMethods,
  chooseSamples,
  comparedAt,
  whySetting,
  fileName,
  galleryPanels,
  pictureLimits,
  rankedTitle,
  scoredClassInWords,
  type ChosenMethods,
  type ChosenSamples,
  type GalleryGroup,
  type GalleryPart,
  type GallerySample,
  type PictureLimits,
  type SampleScores,
} from '@xaigrid/report';
import type { CollectOptions, ReportSource } from './report-source.js';
import { classLabel, type Subject } from './subjects.js';
import type { SubjectScores } from './subject-scores.js';

interface Shown {
  readonly subject: Subject;
  readonly scores: SubjectScores;
}

/** The most samples per rule, and the most rules. */
const MOST_SAMPLES = 3;
const RULES = 4;

/** The most methods drawn per sample if the user does not choose. */
const MOST_METHODS = 20;

/** The samples of a page with their maps. Rules choose them. */
export async function galleryOf(source: ReportSource, all: readonly Shown[], options: CollectOptions): Promise<GalleryPart[]> {
  const { onProgress, hint, samples, top, onePage } = options;
  const shown = all.map(({ subject, scores }) => ({
    subject,
    scores: narrowed(scores, chooseMethods(scores.ranking, { top, most: MOST_METHODS })),
  }));
  const pictures = shown.reduce((sum, { scores }) => sum + RULES * MOST_SAMPLES * (scores.evaluations.length + 1), 0);
  const limits = pictureLimits(onePage ? pictures : 1);
  const parts: GalleryPart[] = [];
  for (const { subject, scores } of shown) {
    onProgress(`${subject.title}: reading samples`);
    const { controls, ranking } = scores;
    const chosen =
      samples === undefined
        ? chooseSamples(scores.samples, { measure: ranking.measure, controls, most: MOST_SAMPLES })
        : [askedFor(samples, scores, { subject, hint })];
    const [first] = scores.evaluations;
    if (first === undefined) continue;
    const { classNames, classTemplates, featureNames } = await source.evaluation(first.runId, first.ordinal);
    const groups: GalleryGroup[] = [];
    for (const group of chosen) {
      const name = fileName(`${subject.model} ${subject.dataset} ${group.key} ${scoredClassInWords(ranking)}`);
      groups.push(
        await groupOf(source, {
          ...{ group, scores, limits, classNames, featureNames, name, options },
          ...(classTemplates === undefined ? {} : { classTemplates }),
        }),
      );
    }
    parts.push({ title: subject.title, note: noteOf(scores, samples === undefined), groups });
  }
  return parts;
}

/** The scores, limited to the chosen methods. */
function narrowed(scores: SubjectScores, chosen: ChosenMethods): SubjectScores {
  const labels = new Set(chosen.shown.map(({ row }) => row.label));
  const columns = scores.evaluations.flatMap(({ name }, column) => (labels.has(name) ? [column] : []));
  const pick = <Value>(values: readonly Value[]): Value[] => columns.flatMap((column) => values.slice(column, column + 1));
  return {
    ...{ ranking: scores.ranking, chosen, evaluations: pick(scores.evaluations), controls: pick(scores.controls) },
    samples: scores.samples.map((sample) => ({ ...sample, values: pick(sample.values) })),
  };
}

/** @throws USAGE for a sample that not all methods have scored */
function askedFor(
  wanted: readonly number[],
  { samples: all, evaluations }: SubjectScores,
  { subject: { title }, hint }: Pick<CollectOptions, 'hint'> & { readonly subject: Subject },
): ChosenSamples {
  const samples = all.filter(({ values }) => values.every(Number.isFinite));
  const chosen = wanted.map((index) => {
    const found = samples.find(({ sampleIndex }) => sampleIndex === index);
    if (found !== undefined) return found;
    throw new XaigridError(
      'USAGE',
      `Sample ${index} of ${title} is not scored by all methods; ${samples.length} samples are. They are among these: ${hint('scores', evaluations[0]?.runId ?? 'latest')}`,
    );
  });
  return { key: 'chosen', title: 'Samples asked for', rule: 'Those named by --sample.', samples: chosen };
}

function noteOf({ ranking, chosen }: SubjectScores, byRule: boolean): string {
  const { measure, settings } = ranking;
  const at = comparedAt(ranking);
  return [
    `Scores are the ${measure.title.toLowerCase()}${at === '' ? '' : ` at ${at}`}`,
    settings > 1 ? `, of ${settings} settings ${whySetting(ranking)}.` : '.',
    byRule ? ' Samples are chosen by rule, never at random; of equals the one with the lowest index.' : '',
    chosen.note === undefined ? '' : ` Maps are of ${chosen.note}`,
  ].join('');
}

interface GroupOptions {
  readonly group: ChosenSamples;
  readonly scores: SubjectScores;
  readonly limits: PictureLimits;
  readonly name: string;
  readonly classNames: readonly string[];
  readonly featureNames: readonly string[] | undefined;
  readonly classTemplates?: readonly (readonly number[])[];
  readonly options: Pick<CollectOptions, 'colourMap' | 'signedColourMap'>;
}

async function groupOf(source: ReportSource, groupOptions: GroupOptions): Promise<GalleryGroup> {
  const { group, scores, limits, name, classNames, options } = groupOptions;
  const { measure, setting } = scores.ranking;
  const { title, rule, samples } = group;
  if (samples.length === 0) return { title, rule, table: undefined, figures: [] };
  const drawn: GallerySample[] = [];
  for (const sample of samples) drawn.push(await readSample(source, sample, groupOptions));
  return {
    title,
    rule,
    table: {
      caption: `${rankedTitle(title, scores.ranking)}: ${measure.title.toLowerCase()} of each method`,
      columns: [
        { title: 'Sample', align: 'left' },
        { title: 'Class', align: 'left' },
        { title: 'Predicted', align: 'left' },
        ...scores.evaluations.map(({ name: method }) => ({ title: method, align: 'right' as const })),
      ],
      rows: samples.map(({ sampleIndex, predictedClass, values, ...sample }) => [
        String(sampleIndex),
        labelText(classNames, sample),
        classLabel(classNames, predictedClass),
        ...values.map((value) => value.toFixed(4)),
      ]),
    },
    figures: await galleryPanels(drawn, {
      ...{ name, title, limits, setting },
      ...(options.colourMap === undefined ? {} : { colourMap: options.colourMap }),
      ...(options.signedColourMap === undefined ? {} : { signedColourMap: options.signedColourMap }),
    }),
  };
}

/** The sample's label, or all labels of its set. */
function labelText(classNames: readonly string[], { trueClass, trueClasses }: Pick<SampleScores, 'trueClass' | 'trueClasses'>) {
  if (trueClasses === undefined) return classLabel(classNames, trueClass);
  return trueClasses.length === 0 ? 'no class' : trueClasses.map((index) => classLabel(classNames, index)).join(' and ');
}

async function readSample(
  source: ReportSource,
  sample: SampleScores,
  { scores: { evaluations, ranking }, classNames, classTemplates, featureNames }: GroupOptions,
): Promise<GallerySample> {
  const { sampleIndex, trueClass, predictedClass, values } = sample;
  const [first] = evaluations;
  const { runId, ordinal } = first ?? { runId: '', ordinal: 0 };
  const { input } = await source.sample(runId, ordinal, sampleIndex);
  const maps: GallerySample['maps'][number][] = [];
  for (const [at, evaluation] of evaluations.entries()) {
    const { maps: one } = await source.maps(evaluation.runId, evaluation.ordinal, sampleIndex, sampleIndex + 1);
    maps.push({
      method: evaluation.name,
      note: `${ranking.measure.title.toLowerCase()} ${(values[at] ?? NaN).toFixed(3)}`,
      map: { shape: one.shape.slice(1), data: one.data },
    });
  }
  const { outputs } = await source.predictions(runId, ordinal, sampleIndex, sampleIndex + 1);
  const output = outputs.data[predictedClass];
  const predicted = `predicted ${classLabel(classNames, predictedClass)}${output === undefined ? '' : ` (${output.toFixed(2)})`}`;
  const trueLabel = labelText(classNames, sample);
  const template = classTemplates?.[trueClass];
  return {
    caption: rankedTitle(`Sample ${sampleIndex}, ${trueLabel}, ${predicted}`, ranking),
    ...{ input, maps, featureNames },
    ...(template === undefined ? {} : { template: { title: `template of ${trueLabel}`, values: template } }),
  };
}
