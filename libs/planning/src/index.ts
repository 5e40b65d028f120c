export { catalogue, type Catalogue, type MethodEntry, type MetricEntry } from './catalogue.js';
export { assertReadRight, UNCONFIRMED } from './check-models.js';
export { flopsOfPasses, type CostedEvaluation } from './cost.js';
export { inspectModelFile, type InspectedModel } from './open-model.js';
export { planRun, type PlannedRun } from './plan-run.js';
export { registries } from './registries.js';
export { specPaths } from './spec-paths.js';
export type { ModelInspection, Support } from '@xaigrid/graph';
