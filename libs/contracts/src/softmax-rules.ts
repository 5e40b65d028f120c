/** How DeepLIFT takes a softmax apart: two formulas, in libs/graph. */
export const softmaxRules = ['log-softmax', 'shap'] as const;
export type SoftmaxRule = (typeof softmaxRules)[number];
