import { chanceOf, directionInWords, resultMeasures } from '../descriptions.js';
import type { Figure } from '../figures/figure.js';
import { fileName } from '../figures/file-name.js';
import { methodPoints } from '../figures/method-points.js';
import { pairDifferences } from '../figures/pair-differences.js';
import { scoreDistributions } from '../figures/score-distributions.js';
import type { SampleScores } from './choose-samples.js';
import type { RankingPart } from './page-data.js';
import { pairBetween } from './headlines.js';
import { rankedTitle, scoredClassInWords } from '../ranking.js';
import { settingInWords } from '../table-columns.js';

const BINS = 40;

/**
 * The methods at the setting of the ranking: every result with its interval, the distribution of the samples' values, and how far
 * every method is from the best.
 * @param samples with one value for each of the chosen methods
 */
export async function rankingFigures(
  title: string,
  part: Omit<RankingPart, 'figures'>,
  samples: readonly SampleScores[],
): Promise<Figure[]> {
  const { metric, measure, setting } = part.ranking;
  const about = rankedTitle(title, part.ranking);
  const figures = [
    await pointsFigure(about, part),
    ...(await distributionFigure(about, part, samples)),
    ...(await differencesFigure(about, part)),
  ];
  return figures.map((figure) => ({
    ...figure,
    name: fileName(
      `${metric.metric} ${measure.name} ${scoredClassInWords(part.ranking)} ${figure.name} ${settingInWords(setting)}`,
    ),
  }));
}

function pointsFigure(title: string, { ranking, chosen }: Omit<RankingPart, 'figures'>): Promise<Figure> {
  const { metric, setting } = ranking;
  const measures = resultMeasures(
    metric,
    chosen.shown.map(({ row }) => row),
  );
  return methodPoints(
    {
      setting: settingInWords(setting),
      measures: measures.map((measure) => ({ key: measure.name, title: measure.title, direction: directionInWords(measure) })),
      methods: chosen.shown.map(({ row, isControl }) => ({
        ...{ name: row.label, isControl, values: row.measures },
        chance: Object.fromEntries(measures.map((measure) => [measure.name, chanceOf(measure, row)])),
      })),
    },
    `${title}: ${metric.title.toLowerCase()}`,
  );
}

async function distributionFigure(
  title: string,
  { ranking: { measure, setting }, chosen }: Omit<RankingPart, 'figures'>,
  samples: readonly SampleScores[],
): Promise<Figure[]> {
  if (measure.aggregate !== 'mean') return [];
  const columns = chosen.shown.map(({ row }, column) => ({
    name: row.label,
    values: Float64Array.from(samples.map(({ values }) => values[column] ?? NaN).filter(Number.isFinite)).sort(),
  }));
  const filled = columns.filter(({ values }) => values.length > 0);
  if (filled.length === 0) return [];
  const low = Math.min(measure.range.low ?? Infinity, ...filled.map(({ values }) => values[0] ?? NaN));
  const high = Math.max(measure.range.high ?? -Infinity, ...filled.map(({ values }) => values.at(-1) ?? NaN), low + 1e-12);
  const methods = filled.map(({ name, values }) => {
    const counts = new Float64Array(BINS);
    for (const value of values) {
      const bin = Math.min(BINS - 1, Math.floor(((value - low) / (high - low)) * BINS));
      counts[bin] = (counts[bin] ?? 0) + 1;
    }
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const quartiles: [number, number, number] = [quantile(values, 0.25), quantile(values, 0.5), quantile(values, 0.75)];
    return { name, counts, mean, quartiles };
  });
  const data = { measure: measure.title, setting: settingInWords(setting), low, high, methods };
  return [await scoreDistributions(data, `${title}: ${measure.title.toLowerCase()} of single samples`)];
}

async function differencesFigure(title: string, { ranking, chosen, pairs }: Omit<RankingPart, 'figures'>): Promise<Figure[]> {
  const { measure, setting } = ranking;
  const best = (chosen.shown.find(({ isControl }) => !isControl) ?? chosen.shown[0])?.row.label ?? '';
  const others = chosen.shown.flatMap(({ row }) => {
    const pair = row.label === best ? undefined : pairBetween(pairs, row.label, best);
    return pair === undefined ? [] : [{ name: row.label, difference: pair.difference, interval: pair.interval }];
  });
  if (others.length === 0) return [];
  return [
    await pairDifferences(
      {
        ...{ measure: measure.title, direction: directionInWords(measure), setting: settingInWords(setting) },
        ...{ best, others },
      },
      `${title}: ${measure.title.toLowerCase()} against the best, ${best}`,
    ),
  ];
}

/** By linear interpolation between the sorted values, as numpy's default. */
function quantile(sorted: Float64Array, share: number): number {
  const position = share * (sorted.length - 1);
  const below = Math.floor(position);
  const [low = NaN, high = low] = [sorted[below], sorted[below + 1]];
  return low + (high - low) * (position - below);
}
