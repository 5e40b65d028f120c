import type {
  Activity,
  Comparison,
  ComparisonFilter,
  EvaluationDetails,
  FileToShare,
  GarbageReport,
  MapRecord,
  MaskedOutputs,
  MaskedQuestion,
  MethodRanking,
  RankingQuery,
  Reuse,
  RunChanges,
  RunDetails,
  RunEvaluation,
  RunListQuery,
  RunProgress,
  RunState,
  RunSubmission,
  RunSummary,
  SampleHistogram,
  SampleHistogramQuery,
  SampleList,
  SampleListQuery,
  SamplePairs,
  SamplePairsQuery,
  ScoreRequestFilter,
  ScoreRow,
  Selection,
  StoredInputs,
  TableRow,
} from '@xaigrid/contracts';
import type { StoredPredictions, Tensor } from '@xaigrid/tensor';

/** The maps of a range of samples. */
export interface MapsOfRange {
  /** `[n, ...map shape]`: the maps of those samples of the range that the evaluation takes. */
  readonly maps: Tensor;
  readonly degenerate: readonly boolean[];
  /** The first sample after the range that the evaluation takes. A client of a server does not give it. */
  readonly next?: number;
}

/**
 * Everything that can be done with runs. The command uses it in its own process, or over HTTP with an orchestrator; both behave
 * alike. Runs are named by id, a unique beginning of one, or `latest`.
 */
export interface RunControl {
  /** Where runs are kept, for people. */
  readonly location: string;
  /** Stores the plan and starts driving it. Files must be stored as artifacts or be readable where they were planned. */
  submit(submission: RunSubmission): Promise<RunSummary>;
  /**
   * Makes files available to the workers.
   * @throws ARTIFACT_TOO_LARGE from a client of a server. Other controls leave files that are too large where they are.
   */
  shareFiles(files: readonly FileToShare[]): Promise<void>;
  /** Models and data sets that a spec can name without having their files. */
  storedInputs(): Promise<StoredInputs>;
  /** What a plan would find stored. */
  reuse(submission: Pick<RunSubmission, 'evaluations' | 'choices'>): Promise<Reuse[]>;
  /**
   * Resolves when the run is over, or when the signal is aborted, with its state then. `waits` says why nothing has moved for
   * some seconds; it is empty while something moves, or when no reason is known.
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
  /** Changes the name, note and tags of a run; results stay as they are. */
  edit(reference: string, changes: RunChanges): Promise<RunSummary>;
  show(reference: string): Promise<RunDetails>;
  /**
   * The rows of a selection, of several runs side by side. Like all reads, it throws USAGE if the selection names something that
   * does not exist.
   */
  table(references: readonly string[], selection?: Selection): Promise<TableRow[]>;
  /** The evaluations of a run that fit the filters. */
  evaluations(reference: string, selection: Selection): Promise<RunEvaluation[]>;
  scores(reference: string, filter: ScoreRequestFilter): Promise<ScoreRow[]>;
  /** A page of the samples of a run, each with the scores of all selected methods, and how far these disagree. */
  samples(reference: string, query: SampleListQuery): Promise<SampleList>;
  /** A histogram of the samples that such a list has. */
  histogram(reference: string, query: SampleHistogramQuery): Promise<SampleHistogram>;
  /** The scores of the same samples by two evaluations, of one run or of two. */
  samplePairs(reference: string, query: SamplePairsQuery): Promise<SamplePairs>;
  /**
   * Every two evaluations that have all in common but what they are compared across: methods of one run, or runs, models or data
   * sets.
   */
  comparisons(references: readonly string[], filter: ComparisonFilter): Promise<Comparison[]>;
  /** The methods of each model and data set ranked by each metric, and how well the metrics agree. */
  rankings(references: readonly string[], query: RankingQuery): Promise<MethodRanking[]>;
  maps(reference: string, ordinal: number, start: number, end: number): Promise<MapsOfRange>;
  /**
   * The records of the maps of samples start … end − 1: what is stored with a map besides its values. Samples without a map are
   * left out.
   */
  mapRecords(reference: string, ordinal: number, start: number, end: number): Promise<MapRecord[]>;
  /** Classes and shape of its samples, and how many predictions are stored. */
  evaluation(reference: string, ordinal: number): Promise<EvaluationDetails>;
  /**
   * The stored outputs of the model on samples start … end − 1. Ask for some hundreds at a time: each sample has one output per
   * class.
   */
  predictions(reference: string, ordinal: number, start: number, end: number): Promise<StoredPredictions>;
  /** One sample as the model gets it, and its label. If samples have sets of labels, `labels` has them and `label` is −1. */
  sample(
    reference: string,
    ordinal: number,
    sampleIndex: number,
  ): Promise<{ readonly input: Tensor; readonly label: number; readonly labels?: readonly number[] }>;
  /**
   * Where in a sample its class shows, `[...positions]`: 1 inside, else 0.
   * @throws REGION_NOT_FOUND if the data set has no regions
   */
  region(reference: string, ordinal: number, sampleIndex: number): Promise<Tensor>;
  /**
   * What the model says to a sample of which the evaluation's map keeps some positions. Nothing is stored.
   * @throws ENGINE_ABSENT where no engine is at hand, ENGINE_BUSY if it does not answer in time
   */
  askModel(
    reference: string,
    place: { readonly ordinal: number; readonly sampleIndex: number },
    question: MaskedQuestion,
  ): Promise<MaskedOutputs>;
  collectGarbage(options: { readonly dryRun: boolean }): Promise<GarbageReport>;
  /** What is being computed, and by whom. */
  activity(): Promise<Activity>;
  /** One round trip to the store. */
  health(): Promise<{ readonly postgres: string; readonly databaseBytes: number }>;
}
