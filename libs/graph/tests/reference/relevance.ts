import type { LinearRule } from '../../src/relevance/rules.js';

/** A linear layer as a table: which output reads which input, with which weight. */
export interface LinearTable {
  /** `[inputs][outputs]`; undefined where the output does not read the input. */
  readonly weights: readonly (readonly (number | undefined)[])[];
  readonly bias: readonly number[];
}

const STABILISER = 1e-6;
const stable = (value: number, epsilon: number) => (value < 0 ? value - epsilon : value + epsilon);
const plus = (value: number) => Math.max(value, 0);
const minus = (value: number) => Math.min(value, 0);
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

export function outputsOf({ weights, bias }: LinearTable, x: readonly number[]): number[] {
  return bias.map((b, j) => b + sum(x.map((value, i) => value * (weights[i]?.[j] ?? 0))));
}

/** The relevance of each input, written output by output from the definitions of the rules. */
export function sharedBy(rule: LinearRule, table: LinearTable, x: readonly number[], relevance: readonly number[]): number[] {
  const found = x.map(() => 0);
  relevance.forEach((own, j) => {
    const read = x.map((value, i) => ({ i, value, w: table.weights[i]?.[j] })).filter(({ w }) => w !== undefined);
    const reads = read.map(({ i, value, w = 0 }) => ({ i, value, w }));
    const b = table.bias[j] ?? 0;
    /** In proportion to a number for each input. */
    const give = (share: (input: (typeof reads)[number]) => number, rest: number, epsilon: number, factor = 1) => {
      const total = stable(sum(reads.map(share)) + rest, epsilon);
      for (const input of reads) found[input.i] = (found[input.i] ?? 0) + (factor * share(input) * own) / total;
    };
    switch (rule.rule) {
      case 'epsilon':
        give(({ value, w }) => value * w, b, rule.epsilon);
        break;
      case 'z-plus':
        give(({ value, w }) => plus(value * w), plus(b), STABILISER);
        break;
      case 'alpha-beta':
        give(({ value, w }) => plus(value * w), plus(b), STABILISER, rule.alpha);
        give(({ value, w }) => minus(value * w), minus(b), STABILISER, -rule.beta);
        break;
      case 'gamma': {
        const z = b + sum(reads.map(({ value, w }) => value * w));
        const favoured = z > 0 ? plus : minus;
        const more = (part: number) => part + rule.gamma * favoured(part);
        if (z !== 0) give(({ value, w }) => more(value * w), more(b), STABILISER);
        break;
      }
      case 'flat':
        give(() => 1, 0, STABILISER);
        break;
      case 'w-squared':
        give(({ w }) => w ** 2, b ** 2, STABILISER);
        break;
      case 'box': {
        const [low = NaN] = rule.low;
        const [high = NaN] = rule.high;
        give(({ value, w }) => value * w - low * plus(w) - high * minus(w), 0, STABILISER);
      }
    }
  });
  return found;
}
