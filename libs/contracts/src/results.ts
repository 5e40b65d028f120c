export const runStates = ['planned', 'running', 'done', 'done-with-failures', 'failed', 'cancelled', 'interrupted'] as const;
/** `planned` → `running` → one of the others. `interrupted` and `failed` runs can be resumed. */
export type RunState = (typeof runStates)[number];

/** Whether more may come of a run by itself. */
export function isUnderWay(state: RunState): boolean {
  return state === 'planned' || state === 'running';
}

/** What follows `the run`: `is done with failures`, `has failed`, `was cancelled`. */
export function stateInWords(state: RunState): string {
  if (state === 'failed') return 'has failed';
  return `${state === 'cancelled' || state === 'interrupted' ? 'was' : 'is'} ${state.replaceAll('-', ' ')}`;
}

export const shardStates = ['planned', 'explained', 'scored', 'failed'] as const;
export type ShardState = (typeof shardStates)[number];

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/**
 * A map of Deep SHAP or Integrated Gradients should add up to the change of the output that it explains. From this share of it on
 * (of 0.01, where the change is smaller) a miss is told of. It stands in a migration of libs/store, too.
 */
export const SUM_MISSED = 0.01;

/** The classes of one sample, ascending; perhaps none. */
export type LabelSet = Int32Array<ArrayBuffer>;
