export { collectReport } from './collect-report.js';
export { formatModelMetrics, metricsFormats } from './format-metrics.js';
export { modelAnswer } from './model-answer.js';
export { readModelQuality, type ModelQuality } from './model-quality.js';
export type { CollectOptions } from './report-source.js';
export { subjectsOf } from './subjects.js';
