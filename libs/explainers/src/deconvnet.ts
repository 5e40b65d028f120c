import { reluRuleExplainer } from './relu-rule-explainer.js';

/**
 * Deconvnet (Zeiler & Fergus 2014, "Visualizing and understanding convolutional networks", arXiv:1311.2901): the gradient at the
 * input, where a ReLU passes the positive part of what arrives, open or not. Other activations are passed by their gradient.
 *
 * Maps are `[n, ...inputShape]`, with channels, or `[n, ...positions]` with the channels added up.
 */
export const deconvnet = reluRuleExplainer({
  method: 'deconvnet',
  title: 'Deconvnet',
  version: 1,
  summary: 'The gradient with the positive part of what arrives passed back through every ReLU (Zeiler & Fergus 2014).',
  source: 'Zeiler & Fergus, Visualizing and Understanding Convolutional Networks, ECCV 2014, arXiv:1311.2901.',
  reluRule: 'deconvnet',
});
