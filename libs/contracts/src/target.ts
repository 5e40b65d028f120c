/**
 * The quantity of class c that a method differentiates or explains: the probability p_c, the logit z_c (the input of the Softmax
 * or sigmoid), or log p_c.
 */
export const targets = ['probability', 'logit', 'log-probability'] as const;
export type Target = (typeof targets)[number];
