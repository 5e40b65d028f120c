import { normalInterval, type Comparison, type Interval } from '@xaigrid/contracts';
import type { Statements } from '../sql/prisma.js';
import type { ComparisonQuery } from '../store.js';
import { readDifferences, readMoments, type Differences, type SideMoments } from './comparison-differences.js';
import { pairsOf, sideName, sidesOf, type Pair } from './comparison-pairs.js';
import { testPairs } from './comparison-tests.js';
import { readScoreSetsOf, requireMeasures, runsInWords } from './run-score-sets.js';

/** What is said of a pair without its test. */
type Found = Pick<Comparison, 'samples' | 'otherSamples' | 'difference' | 'interval' | 'higher' | 'lower'>;

/**
 * Every two evaluations that have all in common but what they are compared across: sample by sample, or where they have no
 * samples in common by their means.
 * @throws USAGE when something is named that the runs do not have
 */
export async function readComparisons(queries: Statements, query: ComparisonQuery): Promise<Comparison[]> {
  const { runIds, measure, test = 'bootstrap' } = query;
  const all = await readScoreSetsOf(queries, runIds);
  requireMeasures(all, all, { subject: runsInWords(runIds), names: [measure] });
  const pairs = pairsOf(all, query);
  const compared = await findDifferences(queries, pairs);
  const tested = compared.map(({ pair, found }) => ({ ...pair, isPaired: found.otherSamples === undefined }));
  const tests = test === 'none' ? [] : await testPairs(queries, tested, test);
  return compared.map(({ pair, found }, at) => {
    const { first, second, across } = pair;
    const { dataset, model, engine, metric, scoredClass, setting } = first;
    const result = tests[at];
    return {
      ...{ dataset, model, engine, metric, scoredClass, setting, measure: pair.measure },
      ...(across === 'methods' ? {} : { across, method: first.label }),
      ...{ first: sideName(across, first), second: sideName(across, second) },
      ...(runIds.length > 1 ? { runs: { first: first.runId, second: second.runId } } : {}),
      ...found,
      ...(result === undefined ? {} : { test: result }),
    };
  });
}

async function findDifferences(
  queries: Statements,
  pairs: readonly Pair[],
): Promise<{ readonly pair: Pair; readonly found: Found }[]> {
  const sameSamples = pairs.filter(({ first, second }) => first.datasetFingerprint === second.datasetFingerprint);
  const found = new Map<Pair, Found>();
  for (const row of await readDifferences(queries, sameSamples)) {
    const pair = sameSamples[row.pair - 1];
    if (pair !== undefined && row.samples > 0) found.set(pair, ofDifferences(row));
  }
  // Methods of one run have the same samples, unless one of them has no scores.
  const others = pairs.filter((pair) => pair.across !== 'methods' && !found.has(pair));
  const moments = await readMoments(
    queries,
    others.flatMap((pair) => sidesOf(pair)),
  );
  for (const [at, pair] of others.entries()) {
    const apart = ofMoments(moments[2 * at], moments[2 * at + 1]);
    if (apart !== undefined) found.set(pair, apart);
  }
  return pairs.flatMap((pair) => {
    const one = found.get(pair);
    return one === undefined ? [] : [{ pair, found: one }];
  });
}

function ofDifferences({ samples, mean, variance, higher, lower }: Differences): Found {
  const interval = variance === null ? undefined : normalInterval({ mean: mean ?? NaN, variance, count: samples });
  return { samples, difference: mean ?? NaN, ...withInterval(interval), higher, lower };
}

/** The variance of a difference of independent means is the sum of theirs. */
function ofMoments(first: SideMoments | undefined, second: SideMoments | undefined): Found | undefined {
  if (first === undefined || second === undefined || first.mean === null || second.mean === null) return undefined;
  const mean = first.mean - second.mean;
  const apart = { samples: first.count, otherSamples: second.count, difference: mean };
  if (first.variance === null || second.variance === null) return apart;
  const count = first.count + second.count;
  const variance = count * (first.variance / first.count + second.variance / second.count);
  return { ...apart, ...withInterval(normalInterval({ mean, variance, count })) };
}

function withInterval(interval: Interval | undefined): Pick<Found, 'interval'> {
  return interval === undefined ? {} : { interval };
}
