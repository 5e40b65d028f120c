import type { ErrorCode } from './errors.js';
import type { SampleChoice } from './sample-choice.js';

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

/** How far a run is, in samples over all evaluations. */
export interface RunProgress {
  readonly samples: number;
  readonly explained: number;
  readonly scored: number;
  readonly failed: number;
  /** Absent from an orchestrator that does not know it. */
  readonly work?: RunWork;
}

/** How far a run is by cost, in MFLOP over both stages of all evaluations. What is neither open nor computed was stored already, or failed. */
export interface RunWork {
  readonly total: number;
  readonly open: number;
  readonly computed: number;
}

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/**
 * A map of Deep SHAP or Integrated Gradients should add up to the change of the output that it explains. From this share of it on
 * (of 0.01, where the change is smaller) a miss is told of. It stands in a migration of libs/store, too.
 */
export const SUM_MISSED = 0.01;

export interface SumMissed {
  readonly samples: number;
  readonly largest: number;
}

/** How often a model is right, of the samples with one label whose prediction is stored. */
export interface Accuracy {
  readonly samples: number;
  readonly right: number;
  /** Samples of the most frequent class: what always saying that class would get right. */
  readonly largestClass: number;
}

/** One row of a table: one evaluation at one setting. Rates are over `samples`, unless there is a divisor. */
export interface TableRow {
  readonly runId: string;
  readonly runName: string;
  /** Position of the evaluation in its run. */
  readonly evaluation: number;
  readonly dataset: string;
  readonly model: string;
  readonly method: string;
  /** The evaluation's label: the method and what distinguishes it in its spec. */
  readonly label: string;
  readonly engine: string;
  readonly explainedClass: string;
  readonly metric: string;
  readonly scoredClass: string;
  readonly setting: Readonly<Record<string, unknown>>;
  /** Rates are sums over the samples divided by this, and so are the bounds of their intervals. */
  readonly divisor?: number | undefined;
  /** Samples scored; less than planned while a run is under way or when samples failed. */
  readonly samples: number;
  readonly planned: number;
  /** Samples of the data set, of which `planned` take part: the first, or those of `chosen`. */
  readonly datasetSize?: number | undefined;
  readonly chosen?: SampleChoice | undefined;
  /** Samples whose map says nothing (see DESIGN: degenerate). */
  readonly degenerate: number;
  /** Maps that miss the sum they should have by more than `SUM_MISSED` of it, and the largest miss; absent where none does. */
  readonly sumMissed?: SumMissed | undefined;
  /** Maps that hang on rounding: a feature map lies where float32 decides whether it takes part; absent where none does. */
  readonly undecided?: number | undefined;
  /** Of the evaluation's model on its samples; absent where nothing is predicted yet, or samples have sets of labels. */
  readonly accuracy?: Accuracy | undefined;
  readonly measures: Readonly<Record<string, { readonly value: number; readonly interval?: Interval | undefined }>>;
}

/** The classes of one sample, ascending; perhaps none. */
export type LabelSet = Int32Array<ArrayBuffer>;

/** One sample's score at one setting. */
export interface ScoreRow {
  readonly evaluation: number;
  readonly dataset: string;
  readonly model: string;
  readonly method: string;
  readonly label: string;
  readonly metric: string;
  readonly scoredClass: string;
  readonly setting: Readonly<Record<string, unknown>>;
  readonly sampleIndex: number;
  /** −1 where samples have sets of labels. */
  readonly trueClass: number;
  /** Where samples have sets of labels: this one's, ascending. */
  readonly trueClasses?: readonly number[];
  readonly predictedClass: number;
  readonly degenerate: boolean;
  /** How far the map is from adding up, as a share of the change it explains, where that is above `SUM_MISSED`. */
  readonly sumMissed?: number | undefined;
  readonly measures: Readonly<Record<string, number>>;
}

export interface Failure {
  readonly evaluation: number;
  readonly shardId: number;
  readonly start: number;
  readonly end: number;
  /** Fewer than from `start` to `end` where the samples of a run are chosen. */
  readonly samples: number;
  readonly stage: string;
  readonly attempts: number;
  readonly code: ErrorCode;
  readonly message: string;
}
