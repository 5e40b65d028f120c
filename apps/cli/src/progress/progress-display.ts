import type { RunWatch } from '@xaigrid/contracts';

export interface ProgressDisplay {
  /** As `RunControl.follow` tells it. */
  readonly update: RunWatch['update'];
  readonly stop: () => void;
}
