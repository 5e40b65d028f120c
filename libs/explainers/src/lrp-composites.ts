import type { LinearRule, RelevanceRules } from '@xaigrid/engine';

/** The composites that zennit names, and ε for every layer. */
export const composites = [
  'epsilon-plus',
  'epsilon-gamma-box',
  'epsilon-alpha2-beta1',
  'epsilon-plus-flat',
  'epsilon-alpha2-beta1-flat',
  'epsilon',
] as const;
export type Composite = (typeof composites)[number];

/** Rules for the first layer that can be named in place of the composite's. */
export const firstRules = ['flat', 'w-squared', 'box'] as const;
export type FirstRule = (typeof firstRules)[number];

/** The numbers that rules need. */
interface RuleNumbers {
  readonly epsilon: number;
  readonly gamma: number;
  readonly low: readonly number[];
  readonly high: readonly number[];
}

/** The rules of a composite, with another rule for the first layer if one is named. */
export function rulesOf(composite: Composite, first: FirstRule | undefined, numbers: RuleNumbers): RelevanceRules {
  const { gamma, low, high } = numbers;
  const dense: LinearRule = { rule: 'epsilon', epsilon: numbers.epsilon };
  const named =
    first === undefined
      ? undefined
      : ({ rule: first === 'box' ? { rule: first, low, high } : { rule: first }, of: 'linear' } as const);
  const flat = { rule: { rule: 'flat' }, of: 'linear' } as const;
  switch (composite) {
    case 'epsilon-plus':
      return { convolution: { rule: 'z-plus' }, dense, first: named };
    case 'epsilon-plus-flat':
      return { convolution: { rule: 'z-plus' }, dense, first: named ?? flat };
    case 'epsilon-alpha2-beta1':
      return { convolution: { rule: 'alpha-beta', alpha: 2, beta: 1 }, dense, first: named };
    case 'epsilon-alpha2-beta1-flat':
      return { convolution: { rule: 'alpha-beta', alpha: 2, beta: 1 }, dense, first: named ?? flat };
    case 'epsilon-gamma-box':
      return {
        convolution: { rule: 'gamma', gamma },
        dense,
        first: named ?? { rule: { rule: 'box', low, high }, of: 'convolution' },
      };
    case 'epsilon':
      return { convolution: dense, dense, first: named };
  }
}
