export const runStates = ['planned', 'running', 'done', 'done-with-failures', 'failed', 'cancelled', 'interrupted'] as const;
/** A run goes from `planned` to `running`, and then to one of the others. `interrupted` and `failed` runs can be resumed. */
export type RunState = (typeof runStates)[number];

/** Whether the run may still produce results by itself: it is planned or running. */
export function isUnderWay(state: RunState): boolean {
  return state === 'planned' || state === 'running';
}

/** The state as it follows "the run": `is done with failures`, `has failed`, `was cancelled`. */
export function stateInWords(state: RunState): string {
  if (state === 'failed') return 'has failed';
  return `${state === 'cancelled' || state === 'interrupted' ? 'was' : 'is'} ${state.replaceAll('-', ' ')}`;
}

export const shardStates = ['planned', 'explained', 'scored', 'failed'] as const;
export type ShardState = (typeof shardStates)[number];

/** A 95 % confidence interval. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/**
 * A map of Deep SHAP or Integrated Gradients should add up to the change of the output that it explains. A miss of this share of
 * the change or more is reported (of 0.01, if the change is smaller). A migration of libs/store holds the same number.
 */
export const SUM_MISSED = 0.01;

/** The classes of one sample, ascending; it may be empty. */
export type LabelSet = Int32Array<ArrayBuffer>;
