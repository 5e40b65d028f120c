export type { Metric, ScoreRequest, Scores, Setting } from './metric.js';
export { metric, metrics } from './registry.js';
