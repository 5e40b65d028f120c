/** The two rules by which DeepLIFT goes through a softmax. libs/graph has their formulas. */
export const softmaxRules = ['log-softmax', 'shap'] as const;
export type SoftmaxRule = (typeof softmaxRules)[number];
