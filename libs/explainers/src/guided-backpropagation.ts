import { reluRuleExplainer } from './relu-rule-explainer.js';

/**
 * Guided backpropagation (Springenberg et al. 2015, "Striving for simplicity: the all convolutional net", arXiv:1412.6806): the
 * gradient at the input, where only positive gradients pass through a ReLU that is open. Other activations are passed by their
 * gradient.
 *
 * Maps are `[n, ...inputShape]`, with channels, or `[n, ...positions]` with the channels added up.
 */
export const guidedBackpropagation = reluRuleExplainer({
  method: 'guided-backpropagation',
  title: 'Guided backpropagation',
  version: 1,
  summary: 'The gradient with only its positive part passed back through open ReLUs (Springenberg et al. 2015).',
  source: 'Springenberg et al., Striving for Simplicity: The All Convolutional Net, ICLR workshop 2015, arXiv:1412.6806.',
  reluRule: 'guided',
});
