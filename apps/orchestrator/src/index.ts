export { driveRun, prepareResume, type DriveOptions } from './drive-run.js';
export { planRun, type PlannedRun } from './plan/plan-run.js';
export { registries } from './registries.js';
export { submitRun, type Submission } from './submit-run.js';
