export { prepareResume, type DriveOptions } from './drive-run.js';
export { createDriver, type Driver } from './driver.js';
export { createLocalControl, type LocalControlOptions } from './local-control.js';
export { inspectModelFile } from './plan/open-model.js';
export { flopsOfPasses, type CostedEvaluation } from './plan/cost.js';
export { planRun, type PlannedRun } from './plan/plan-run.js';
export type { ModelInspection, Support } from '@xaigrid/graph';
export { registries } from './registries.js';
export type { MapsOfRange, RunControl } from './run-control.js';
