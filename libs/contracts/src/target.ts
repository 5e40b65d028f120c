/**
 * What of a model's output a method differentiates or explains, of class c: the probability p_c, the logit z_c (what Softmax or the sigmoid
 * is given), or log p_c.
 */
export const targets = ['probability', 'logit', 'log-probability'] as const;
export type Target = (typeof targets)[number];
