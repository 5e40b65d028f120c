export { prepareResume, type DriveOptions } from './drive-run.js';
export { createDriver, type Driver } from './driver.js';
export { createElectedDriver } from './elected-driver.js';
export { findReuse } from './find-reuse.js';
export { createLocalControl, type LocalControlOptions } from './local-control.js';
export { createMendingTally, mendings, type MendingKind } from './mending.js';
