import type { ControlOptions } from '../control-options.js';

export type FollowOptions = ControlOptions & {
  readonly json?: boolean;
  /** As it was typed; see `progressStyle`. */
  readonly progress?: string;
};
