import type { SampleRandom } from '@xaigrid/tensor';

/** Coalitions (sets of present features), each with its weight in the regression. */
export interface Coalitions {
  /** `members[j][i]` is 1 when feature i is in coalition j. */
  readonly members: readonly Uint8Array[];
  readonly weights: Float64Array;
}

/**
 * The coalitions of `features` features for Kernel SHAP (Lundberg & Lee 2017, theorem 2), without the empty and the full one.
 *
 * A coalition of s features weighs (M − 1)/(C(M, s)·s·(M − s)). If all 2^M − 2 coalitions fit into `most`, they are taken with
 * these weights. Otherwise whole sizes are taken from the outside in, s and M − s together, as long as they fit. The rest of
 * `most` is drawn in pairs of a set and its complement: sizes by their weight, and sets of one size with equal probability. The
 * drawn coalitions share the weight of all sizes that were not taken whole.
 *
 * @param most at least 2·features, so that single features and their complements are always included
 */
export function chooseCoalitions(features: number, most: number, random: SampleRandom): Coalitions {
  const members: Uint8Array[] = [];
  const weights: number[] = [];
  const add = (set: Uint8Array, weight: number): void => {
    members.push(set);
    weights.push(weight);
  };
  const largest = Math.floor(features / 2);
  let size = 1;
  for (; size <= largest; size++) {
    const paired = 2 * size !== features;
    const count = binomial(features, size);
    if (members.length + count * (paired ? 2 : 1) > most) break;
    const weight = sizeWeight(features, size) / count;
    for (const set of subsets(features, size)) {
      add(set, weight);
      if (paired) add(complement(set), weight);
    }
  }
  const pairs = Math.floor((most - members.length) / 2);
  if (size <= largest && pairs > 0) {
    // Sizes s and M − s of a pair are drawn together; the middle size is its own complement and counts once.
    const left = Array.from({ length: largest - size + 1 }, (_, at) => {
      const s = size + at;
      return sizeWeight(features, s) * (2 * s === features ? 1 : 2);
    });
    const total = left.reduce((sum, weight) => sum + weight, 0);
    for (let pair = 0; pair < pairs; pair++) {
      const set = new Uint8Array(features);
      for (const feature of random.choice(features, size + drawn(left, total * random.uniform()))) set[feature] = 1;
      add(set, total / (2 * pairs));
      add(complement(set), total / (2 * pairs));
    }
  }
  return { members, weights: Float64Array.from(weights) };
}

/** The number of coalitions that `chooseCoalitions` chooses: all, or else whole pairs. */
export function coalitionCount(features: number, most: number): number {
  return Math.min(2 ** features - 2, 2 * Math.floor(most / 2));
}

/** The weight of all coalitions of one size together: C(M, s) of them at (M − 1)/(C(M, s)·s·(M − s)). */
function sizeWeight(features: number, size: number): number {
  return (features - 1) / (size * (features - size));
}

function binomial(n: number, k: number): number {
  let result = 1;
  for (let i = 1; i <= k; i++) result = (result * (n - k + i)) / i;
  return Math.round(result);
}

function complement(set: Uint8Array): Uint8Array {
  return set.map((member) => 1 - member);
}

/** All sets of `size` of the features, in lexicographic order. */
function* subsets(features: number, size: number): Generator<Uint8Array> {
  const chosen = Array.from({ length: size }, (_, at) => at);
  for (;;) {
    const set = new Uint8Array(features);
    for (const feature of chosen) set[feature] = 1;
    yield set;
    const last = chosen.findLastIndex((feature, at) => feature < features - size + at);
    if (last === -1) return;
    const next = (chosen[last] ?? 0) + 1;
    for (let at = last; at < size; at++) chosen[at] = next + at - last;
  }
}

/** The first index whose cumulative weight exceeds the number. */
function drawn(weights: readonly number[], number: number): number {
  let sum = 0;
  const found = weights.findIndex((weight) => (sum += weight) > number);
  return found === -1 ? weights.length - 1 : found;
}
