import { XaigridError } from '@xaigrid/contracts';
import {
  chooseSamples,
  fileName,
  formatSetting,
  galleryPanels,
  pictureLimits,
  type ChosenSamples,
  type ColourMap,
  type GalleryGroup,
  type GalleryPart,
  type GallerySample,
  type PictureLimits,
  type SampleScores,
} from '@xaigrid/report';
import type { ReportSource } from './collect-report.js';
import { classLabel, type Subject } from './subjects.js';
import type { SubjectScores } from './subject-scores.js';

interface Shown {
  readonly subject: Subject;
  readonly scores: SubjectScores;
}

/** Samples a rule may choose, and rules. */
const MOST_SAMPLES = 3;
const RULES = 4;

export interface GalleryOptions {
  readonly onProgress: (line: string) => void;
  /** These in place of those that rules choose. */
  readonly samples?: readonly number[];
  readonly colourMap?: ColourMap;
  /** All pictures fit one page; otherwise each is a file of its own. */
  readonly onePage: boolean;
}

/** The samples of a page, chosen by rule, with their maps. */
export async function galleryOf(
  source: ReportSource,
  runId: string,
  shown: readonly Shown[],
  { onProgress, samples, colourMap, onePage }: GalleryOptions,
): Promise<GalleryPart[]> {
  const pictures = shown.reduce((sum, { scores }) => sum + RULES * MOST_SAMPLES * (scores.evaluations.length + 1), 0);
  const limits = pictureLimits(onePage ? pictures : 1);
  const parts: GalleryPart[] = [];
  for (const { subject, scores } of shown) {
    onProgress(`${subject.title}: reading samples`);
    const chosen =
      samples === undefined
        ? chooseSamples(scores.samples, scores.evaluations.length, MOST_SAMPLES)
        : [askedFor(samples, scores, subject)];
    const { classNames, classTemplates } = await source.evaluation(runId, scores.evaluations[0]?.ordinal ?? 0);
    const groups: GalleryGroup[] = [];
    for (const group of chosen) {
      const options = { group, scores, limits, classNames, name: fileName(`${subject.model} ${subject.dataset} ${group.key}`) };
      groups.push(
        await groupOf(source, runId, {
          ...options,
          ...(classTemplates === undefined ? {} : { classTemplates }),
          ...(colourMap === undefined ? {} : { colourMap }),
        }),
      );
    }
    parts.push({ title: subject.title, note: noteOf(scores, samples === undefined), groups });
  }
  return parts;
}

/** @throws USAGE for a sample that not all methods scored */
function askedFor(wanted: readonly number[], { samples }: SubjectScores, { title }: Subject): ChosenSamples {
  const chosen = wanted.map((index) => {
    const found = samples.find(({ sampleIndex }) => sampleIndex === index);
    if (found !== undefined) return found;
    throw new XaigridError(
      'USAGE',
      `Sample ${index} of ${title} is not scored by all methods; ${samples.length} samples are. \`xaigrid scores RUN\` lists them.`,
    );
  });
  return { key: 'chosen', title: 'Samples asked for', rule: 'Those named by --sample.', samples: chosen };
}

function noteOf({ setting, evaluations, methods }: SubjectScores, byRule: boolean): string {
  const left = methods - evaluations.length;
  return [
    `Scores are those at keep ${formatSetting(setting)}`,
    evaluations.length > 1 ? ', where the methods’ drop rates lie furthest apart.' : '.',
    byRule ? ' Samples are chosen by rule, never at random; of equals the one with the lowest index.' : '',
    left > 0 ? ` ${left} of ${methods} methods are left out here.` : '',
  ].join('');
}

interface GroupOptions {
  readonly group: ChosenSamples;
  readonly scores: SubjectScores;
  readonly limits: PictureLimits;
  readonly name: string;
  readonly classNames: readonly string[];
  readonly classTemplates?: readonly (readonly number[])[];
  readonly colourMap?: ColourMap;
}

async function groupOf(source: ReportSource, runId: string, options: GroupOptions): Promise<GalleryGroup> {
  const { group, scores, limits, name, classNames, colourMap } = options;
  const { title, rule, samples } = group;
  if (samples.length === 0) return { title, rule, table: undefined, figures: [] };
  const drawn: GallerySample[] = [];
  for (const sample of samples) drawn.push(await readSample(source, runId, sample, options));
  return {
    title,
    rule,
    table: {
      caption: `${title}: drop of each method`,
      columns: [
        { title: 'Sample', align: 'left' },
        { title: 'Class', align: 'left' },
        { title: 'Predicted', align: 'left' },
        ...scores.evaluations.map(({ label }) => ({ title: label, align: 'right' as const })),
      ],
      rows: samples.map(({ predictedClass, sampleIndex, drops, ...sample }) => [
        String(sampleIndex),
        labelText(classNames, sample),
        classLabel(classNames, predictedClass),
        ...drops.map((drop) => drop.toFixed(4)),
      ]),
    },
    figures: await galleryPanels(drawn, {
      ...{ name, title, limits, setting: scores.setting },
      ...(colourMap === undefined ? {} : { colourMap }),
    }),
  };
}

/** The sample's label, or all of its set. */
function labelText(classNames: readonly string[], { trueClass, trueClasses }: Pick<SampleScores, 'trueClass' | 'trueClasses'>) {
  if (trueClasses === undefined) return classLabel(classNames, trueClass);
  return trueClasses.length === 0 ? 'no class' : trueClasses.map((index) => classLabel(classNames, index)).join(' and ');
}

async function readSample(
  source: ReportSource,
  runId: string,
  sample: SampleScores,
  { scores: { evaluations }, classNames, classTemplates }: GroupOptions,
): Promise<GallerySample> {
  const { sampleIndex, trueClass, predictedClass, drops } = sample;
  const first = evaluations[0]?.ordinal ?? 0;
  const { input } = await source.sample(runId, first, sampleIndex);
  const maps: GallerySample['maps'][number][] = [];
  for (const [at, { ordinal, label }] of evaluations.entries()) {
    const { maps: one } = await source.maps(runId, ordinal, sampleIndex, sampleIndex + 1);
    maps.push({
      method: label,
      note: `drop ${(drops[at] ?? NaN).toFixed(3)}`,
      map: { shape: one.shape.slice(1), data: one.data },
    });
  }
  const { outputs } = await source.predictions(runId, first, sampleIndex, sampleIndex + 1);
  const output = outputs.data[predictedClass];
  const predicted = `predicted ${classLabel(classNames, predictedClass)}${output === undefined ? '' : ` (${output.toFixed(2)})`}`;
  const trueLabel = labelText(classNames, sample);
  const values = classTemplates?.[trueClass];
  return {
    caption: `Sample ${sampleIndex}, ${trueLabel}, ${predicted}`,
    ...{ input, maps },
    ...(values === undefined ? {} : { template: { title: `template of ${trueLabel}`, values } }),
  };
}
