export { prepareResume, type DriveOptions } from './drive-run.js';
export { createDriver, type Driver } from './driver.js';
export { createLocalControl, type LocalControlOptions } from './local-control.js';
export type { MapsOfRange, RunControl } from './run-control.js';
