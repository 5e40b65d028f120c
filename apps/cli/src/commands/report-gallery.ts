import {
  chooseSamples,
  formatSetting,
  galleryPanels,
  pictureLimits,
  type ChosenSamples,
  type GalleryGroup,
  type GalleryPart,
  type GallerySample,
  type PictureLimits,
  type SampleScores,
} from '@xaigrid/report';
import type { ReportSource, Subject } from './report-data.js';
import type { SubjectScores } from './report-scores.js';

interface Shown {
  readonly subject: Subject;
  readonly scores: SubjectScores;
}

/** Samples a rule may choose, and rules. */
const MOST_SAMPLES = 3;
const RULES = 4;

/** The samples of a page, chosen by rule, with their maps. */
export async function galleryOf(
  source: ReportSource,
  runId: string,
  shown: readonly Shown[],
  onProgress: (line: string) => void,
): Promise<GalleryPart[]> {
  const pictures = shown.reduce((sum, { scores }) => sum + RULES * MOST_SAMPLES * (scores.evaluations.length + 1), 0);
  const limits = pictureLimits(pictures);
  const parts: GalleryPart[] = [];
  for (const [at, { subject, scores }] of shown.entries()) {
    onProgress(`${subject.title}: reading samples`);
    const chosen = chooseSamples(sampleScores(scores), scores.evaluations.length, MOST_SAMPLES);
    const groups: GalleryGroup[] = [];
    for (const group of chosen) {
      const name = `gallery-${at + 1}-${group.key}`;
      groups.push(await groupOf(source, runId, { group, scores, limits, name }));
    }
    parts.push({ title: subject.title, note: noteOf(scores), groups });
  }
  return parts;
}

function noteOf({ setting, evaluations, methods }: SubjectScores): string {
  const left = methods - evaluations.length;
  return [
    `Scores are those at keep ${formatSetting(setting)}`,
    evaluations.length > 1 ? ', where the methods’ drop rates lie furthest apart.' : '.',
    ' Samples are chosen by rule, never at random; of equals the one with the lowest index.',
    left > 0 ? ` ${left} of ${methods} methods are left out here.` : '',
  ].join('');
}

/** Samples that all methods scored. */
function sampleScores({ samples }: SubjectScores): SampleScores[] {
  return [...samples].flatMap(([sampleIndex, all]) => {
    const rows = all.filter((row) => row !== undefined);
    const [first] = rows;
    if (first === undefined || rows.length < all.length) return [];
    const { trueClass, predictedClass } = first;
    return [
      {
        ...{ sampleIndex, trueClass, predictedClass },
        drops: rows.map(({ measures }) => measures.drop ?? NaN),
        degenerate: rows.some(({ degenerate }) => degenerate),
      },
    ];
  });
}

async function groupOf(
  source: ReportSource,
  runId: string,
  options: {
    readonly group: ChosenSamples;
    readonly scores: SubjectScores;
    readonly limits: PictureLimits;
    readonly name: string;
  },
): Promise<GalleryGroup> {
  const { group, scores, limits, name } = options;
  const { title, rule, samples } = group;
  if (samples.length === 0) return { title, rule, table: undefined, figures: [] };
  const drawn: GallerySample[] = [];
  for (const sample of samples) drawn.push(await readSample(source, runId, sample, scores));
  return {
    title,
    rule,
    table: {
      caption: `${title}: drop of each method`,
      columns: [
        { title: 'Sample', align: 'left' },
        { title: 'Class', align: 'right' },
        { title: 'Predicted', align: 'right' },
        ...scores.evaluations.map(({ label }) => ({ title: label, align: 'right' as const })),
      ],
      rows: samples.map(({ sampleIndex, trueClass, predictedClass, drops }) => [
        String(sampleIndex),
        String(trueClass),
        String(predictedClass),
        ...drops.map((drop) => drop.toFixed(4)),
      ]),
    },
    figures: await galleryPanels(drawn, { name, title, limits, setting: scores.setting }),
  };
}

async function readSample(
  source: ReportSource,
  runId: string,
  sample: SampleScores,
  { evaluations }: SubjectScores,
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
  return { caption: `Sample ${sampleIndex}, class ${trueClass}, predicted ${predictedClass}`, input, maps };
}
