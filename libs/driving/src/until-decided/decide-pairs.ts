import {
  differenceOf,
  ROUNDING,
  scaleOf,
  type AskedPair,
  type Decisions,
  type MeasureDescription,
  type PairDecision,
  type UntilDecided,
} from '@xaigrid/contracts';
import { asymptoticSequence, bettingSequence, bothSay, type MeanSequence } from '@xaigrid/tensor';

/** An evaluation of the run, and how far it is. */
export interface DecidedEvaluation {
  readonly dataset: string;
  readonly model: string;
  readonly label: string;
  /** Samples that it has taken so far. */
  readonly samples: number;
  /** Samples of its data set. */
  readonly datasetSize: number;
}

export interface PairScores {
  readonly pair: AskedPair;
  /** Scores of the samples in the order in which they were taken; NaN where there is none. */
  readonly first: Float64Array;
  readonly second: Float64Array;
  readonly measure: Pick<MeasureDescription, 'direction' | 'range' | 'scale'>;
}

/**
 * What the samples so far say of each pair. All verdicts together, over the whole run, are wrong with a probability of at most
 * `alpha`: each pair has an equal part of it (Bonferroni), and sequences of intervals that hold at all times. So it does not matter
 * how often this is asked. It depends on the order of the samples and on their scores alone.
 *
 * A verdict is one on the mean over the data set, of which these samples are a part in random order, and on the mean over all
 * samples that the data set was drawn from, as in comparisons. A sample without both scores counts as no difference, so that the
 * sums are those of the others; two methods are not called the same where there is such a sample. Differences by rounding alone
 * are none.
 * @param options.evaluations by position in the run
 * @param options.pause is awaited between pairs, which take a second each for some 100 000 samples
 */
export async function decidePairs(
  scores: readonly PairScores[],
  {
    asked,
    evaluations,
    pause,
  }: {
    readonly asked: Pick<UntilDecided, 'alpha' | 'within' | 'most'>;
    readonly evaluations: readonly DecidedEvaluation[];
    readonly pause: () => Promise<void>;
  },
): Promise<Decisions> {
  const { alpha, within, most } = asked;
  const pairs: PairDecision[] = [];
  for (const one of scores) {
    await pause();
    const [first, second] = [evaluations[one.pair.first], evaluations[one.pair.second]];
    if (first === undefined || second === undefined) continue;
    pairs.push(decide(one, { first, second, alpha: alpha / scores.length, within }));
  }
  const subjects = new Map(evaluations.map((one) => [JSON.stringify([one.dataset, one.model]), one]));
  return {
    alpha,
    ...(within === undefined ? {} : { within }),
    taken: [...subjects.values()].map(({ dataset, model, samples, datasetSize: of }) => {
      const own = pairs.filter((pair) => pair.dataset === dataset && pair.model === model);
      const end = endOf(own, { samples, of, most });
      return { dataset, model, samples, of, ...(end === undefined ? {} : { end }) };
    }),
    pairs,
  };
}

interface Sides {
  readonly first: DecidedEvaluation;
  readonly second: DecidedEvaluation;
  /** Of this pair. */
  readonly alpha: number;
  readonly within: number | undefined;
}

function decide({ pair, measure, ...scores }: PairScores, { first, second, alpha, within }: Sides): PairDecision {
  const { samples, datasetSize: population, dataset, model } = first;
  const scale = scaleOf(measure);
  let unscored = 0;
  const differences = scores.first.map((score, index) => {
    const difference = differenceOf(score, scores.second[index] ?? NaN, scale);
    if (Number.isFinite(difference)) return difference;
    unscored += 1;
    return 0;
  });
  const difference = differences.reduce((sum, value) => sum + value, 0) / Math.max(1, samples);
  const bound = boundOf(measure, scores);
  const sequence = sequenceOf(differences, { bound, alpha, population });
  const interval = sequence.interval();
  return {
    ...{ dataset, model, first: first.label, second: second.label },
    ...{ metric: pair.metric, measure: pair.measure, scoredClass: String(pair.scoredClass), setting: pair.setting },
    // Samples without scores, which count as no difference, must not make methods the same.
    ...(verdictOf(sequence, { direction: measure.direction, within: unscored === 0 ? within : undefined }) ?? {
      verdict: 'undecided',
    }),
    ...{ samples, unscored, difference },
    ...(Number.isFinite(interval.low + interval.high) ? { interval } : {}),
    sequence: bound === undefined ? 'asymptotic' : 'betting',
  };
}

/** Sure of the mean over the data set, and of the mean over all samples that the data set was drawn from. */
function sequenceOf(
  differences: Float64Array,
  { bound, alpha, population }: { readonly bound: number | undefined; readonly alpha: number; readonly population: number },
): MeanSequence {
  if (bound === undefined) return asymptoticSequence(differences, { alpha });
  const options = { low: -bound, high: bound, alpha };
  return bothSay(bettingSequence(differences, { ...options, population }), bettingSequence(differences, options));
}

/** The largest difference of two scores. Undefined if the measure has no bounds, or its scores do not keep to them but for rounding. */
function boundOf(
  { range: { low, high } }: PairScores['measure'],
  scores: Pick<PairScores, 'first' | 'second'>,
): number | undefined {
  if (low === undefined || high === undefined) return undefined;
  const keeps = (score: number): boolean => !Number.isFinite(score) || (score >= low - ROUNDING && score <= high + ROUNDING);
  return scores.first.every(keeps) && scores.second.every(keeps) ? high - low : undefined;
}

/** The first verdict, and when. */
function verdictOf(
  sequence: MeanSequence,
  { direction, within }: { readonly direction: MeasureDescription['direction']; readonly within: number | undefined },
): Pick<PairDecision, 'verdict' | 'after'> | undefined {
  const [higher, lower] = direction === 'lower' ? (['second', 'first'] as const) : (['first', 'second'] as const);
  const [above, below] = [sequence.above(0), sequence.below(0)];
  const inside = within === undefined ? [] : [sequence.above(-within), sequence.below(within)];
  const found: { readonly verdict: PairDecision['verdict']; readonly after: number }[] = [
    ...(above === undefined ? [] : [{ verdict: higher, after: above }]),
    ...(below === undefined ? [] : [{ verdict: lower, after: below }]),
    ...(inside.length === 2 && inside.every((at) => at !== undefined)
      ? [{ verdict: 'same' as const, after: Math.max(...inside) }]
      : []),
  ];
  return found.sort((a, b) => a.after - b.after)[0];
}

function endOf(
  pairs: readonly PairDecision[],
  { samples, of, most = of }: { readonly samples: number; readonly of: number; readonly most: number | undefined },
): Decisions['taken'][number]['end'] {
  const open = pairs.filter(({ verdict }) => verdict === 'undecided');
  if (open.length === 0) return 'decided';
  if (samples >= of) return 'all-samples';
  if (samples >= most) return 'most-samples';
  // More samples would have no scores either.
  return open.every(({ unscored }) => unscored === samples) ? 'unscored' : undefined;
}
