import type { RunWatch } from './run-watch.js';

export interface ProgressDisplay {
  /** As `RunControl.follow` tells it. */
  readonly update: RunWatch['update'];
  readonly stop: () => void;
}
