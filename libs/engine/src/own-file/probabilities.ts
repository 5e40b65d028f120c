import type { Ending } from '@xaigrid/graph';

/** The probabilities of a sample, in float64: `ending` applied to the numbers that a file gives. */
export function probabilitiesOf(given: Float64Array, ending: Ending): Float64Array {
  const [first = NaN] = given;
  switch (ending) {
    case 'none':
      return given;
    case 'softmax': {
      const highest = Math.max(...given);
      const shares = given.map((logit) => Math.exp(logit - highest));
      const sum = shares.reduce((total, share) => total + share, 0);
      return shares.map((share) => share / sum);
    }
    case 'sigmoid':
      return given.map(sigmoid);
    case 'exp':
      return given.map(Math.exp);
    case 'two-classes-of-logit':
      return Float64Array.of(sigmoid(-first), sigmoid(first));
    case 'two-classes-of-probability':
      return Float64Array.of(1 - first, first);
  }
}

const sigmoid = (logit: number): number => 1 / (1 + Math.exp(-logit));
