export type { Background, Explainer, ExplainRequest, Explanation, Need, PreparedExplainer, PrepareOptions } from './explainer.js';
export { paramsOf, plannedAs, versionDrawn } from './method-version.js';
export { controlMethods, explainer, explainers, sumRemedies } from './registry.js';
