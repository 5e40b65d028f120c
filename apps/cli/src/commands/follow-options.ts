import type { ControlOptions } from '../control-options.js';

export type FollowOptions = ControlOptions & { readonly json?: boolean };
