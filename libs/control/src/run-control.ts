import type {
  Comparison,
  ComparisonFilter,
  EvaluationDetails,
  FileToShare,
  GarbageReport,
  MapRecord,
  Reuse,
  RunChanges,
  RunDetails,
  RunEvaluation,
  RunListQuery,
  RunProgress,
  RunState,
  RunSubmission,
  RunSummary,
  ScoreRequestFilter,
  ScoreRow,
  Selection,
  TableRow,
} from '@xaigrid/contracts';
import type { StoredPredictions, Tensor } from '@xaigrid/tensor';

export interface MapsOfRange {
  /** `[n, ...map shape]`: of those samples of the range that the evaluation takes. */
  readonly maps: Tensor;
  readonly degenerate: readonly boolean[];
  /** The first sample after the range that the evaluation takes; not told by a client of a server. */
  readonly next?: number;
}

/**
 * Everything one can do with runs. The command talks to it in its own process, or over HTTP to an orchestrator; both behave
 * alike. Runs are named by id, a unique beginning of one, or `latest`.
 */
export interface RunControl {
  /** Where runs are kept, for people. */
  readonly location: string;
  /** Stores the plan and starts driving it. Files must be stored as artifacts or be readable where they were planned. */
  submit(submission: RunSubmission): Promise<RunSummary>;
  /**
   * Makes files available to whoever computes.
   * @throws ARTIFACT_TOO_LARGE by a client of a server. Elsewhere what is too large to travel stays where it is.
   */
  shareFiles(files: readonly FileToShare[]): Promise<void>;
  /** What a plan would find stored. */
  reuse(submission: Pick<RunSubmission, 'evaluations' | 'choices'>): Promise<Reuse[]>;
  /**
   * Resolves when the run is over, or when the signal is aborted, with its state then. `waits` says why nothing has moved for some
   * seconds; it is empty while something moves, or when no reason is known.
   */
  follow(
    reference: string,
    options: {
      readonly onProgress: (progress: RunProgress, state: RunState, waits: readonly string[]) => void;
      readonly signal: AbortSignal;
    },
  ): Promise<RunState>;
  resume(reference: string, options: { readonly retryFailed: boolean }): Promise<RunSummary>;
  cancel(reference: string): Promise<RunSummary>;
  remove(reference: string): Promise<void>;
  list(query: RunListQuery): Promise<RunSummary[]>;
  /** Changes what people say of a run; nothing that was computed. */
  edit(reference: string, changes: RunChanges): Promise<RunSummary>;
  show(reference: string): Promise<RunDetails>;
  /** The rows that a selection means, of several runs side by side. As with all reads: USAGE when it names what is not there. */
  table(references: readonly string[], selection?: Selection): Promise<TableRow[]>;
  /** The evaluations of a run that fit the filters. */
  evaluations(reference: string, selection: Selection): Promise<RunEvaluation[]>;
  scores(reference: string, filter: ScoreRequestFilter): Promise<ScoreRow[]>;
  /** Every two evaluations with data set, model, engine, metric and setting in common, sample by sample. */
  comparisons(reference: string, filter: ComparisonFilter): Promise<Comparison[]>;
  maps(reference: string, ordinal: number, start: number, end: number): Promise<MapsOfRange>;
  /** What is stored with the maps of samples start … end − 1 besides their numbers; samples without a map are left out. */
  mapRecords(reference: string, ordinal: number, start: number, end: number): Promise<MapRecord[]>;
  /** Classes and shape of its samples, and how many predictions are stored. */
  evaluation(reference: string, ordinal: number): Promise<EvaluationDetails>;
  /** The model's outputs on samples start … end − 1 as far as they are stored. Ask for some hundreds at a time: each has an output a class. */
  predictions(reference: string, ordinal: number, start: number, end: number): Promise<StoredPredictions>;
  /** One sample as the model gets it, and its label; `labels` where samples have sets of them, `label` is −1 then. */
  sample(
    reference: string,
    ordinal: number,
    sampleIndex: number,
  ): Promise<{ readonly input: Tensor; readonly label: number; readonly labels?: readonly number[] }>;
  collectGarbage(options: { readonly dryRun: boolean }): Promise<GarbageReport>;
  /** One round trip to where runs are kept. */
  health(): Promise<{ readonly postgres: string; readonly databaseBytes: number }>;
}
