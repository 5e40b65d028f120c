/** What a backward pass may do at a ReLU in place of the gradient. libs/graph has the formulas. */
export const reluRules = ['guided', 'deconvnet'] as const;
export type ReluRule = (typeof reluRules)[number];
