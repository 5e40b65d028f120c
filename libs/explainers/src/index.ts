export type { Background, Explainer, ExplainRequest, Explanation, PreparedExplainer, PrepareOptions } from './explainer.js';
export { explainer, explainers } from './registry.js';
