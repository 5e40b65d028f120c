import type {
  Comparison,
  ComparisonFilter,
  ErrorCode,
  Failure,
  FileToShare,
  GarbageReport,
  LabelSet,
  MapRecord,
  AggregatedMeasure,
  AskedPair,
  Decisions,
  PlannedEvaluation,
  RankAgreement,
  RankColumn,
  RunChanges,
  RunProgress,
  RunState,
  SampleHistogram,
  SampleHistogramQuery,
  SampleList,
  SampleListQuery,
  SamplePairs,
  SamplePairsQuery,
  ScoreRow,
  Selection,
  ShardAtWork,
  ShardState,
  Stage,
  TableRow,
  UntilDecided,
  Work,
} from '@xaigrid/contracts';
import type { StoredPredictions, Tensor } from '@xaigrid/tensor';
import type { Attending, Role } from './processes/attendance.js';
import type { CampaignOptions } from './processes/leadership.js';
import type { SampleChoices } from './samples/sample-choices.js';

/** The versions that made a run, for the record and for reports. */
export interface RunVersions {
  readonly xaigrid: string;
  readonly node: string;
  readonly platform: string;
}

/** A stored run. */
export interface RunRecord {
  readonly id: string;
  readonly name: string;
  readonly state: RunState;
  readonly cancelRequested: boolean;
  /** The spec as the user wrote it, before `${VAR}` was filled in. */
  readonly specText: string;
  readonly versions: RunVersions;
  /** Each step up doubles the run's share of the workers. */
  readonly priority: number;
  readonly createdAt: Date;
  readonly startedAt?: Date;
  readonly finishedAt?: Date;
  readonly error?: { readonly code: ErrorCode; readonly message: string };
  /** Shards that the queue had lost and that were published again. Absent if there were none. */
  readonly republished?: { readonly shards: number; readonly at: Date };
  /** What must be decided before it stops. Absent: it takes all the samples of its evaluations. */
  readonly untilDecided?: UntilDecided;
  /** What its samples decide, as of the last look. */
  readonly decisions?: Decisions;
  /** Tags that users gave it. */
  readonly tags: readonly string[];
  readonly note: string;
  /** The data sets, models and methods of its evaluations, in their order. */
  readonly datasets: readonly string[];
  readonly models: readonly string[];
  readonly methods: readonly string[];
}

/** Which runs to list. A field that is left out selects all. */
export interface RunQuery {
  readonly limit: number;
  readonly states?: readonly RunState[] | undefined;
  readonly before?: Date | undefined;
  /** Words that must all occur in the id, name, state, note, tags, data sets, models or methods. Letter case does not matter. */
  readonly search?: string | undefined;
  /** Tags that a run must have. */
  readonly tags?: readonly string[] | undefined;
}

/** A stored evaluation: its plan, and the sets that hold its maps, predictions and scores. */
export interface EvaluationRecord {
  readonly id: number;
  readonly runId: string;
  /** Position in the run, from 0. */
  readonly ordinal: number;
  readonly plan: PlannedEvaluation;
  readonly mapSetId: number;
  readonly predictionSetId: number;
  /** One score set per setting, in the order of the plan. */
  readonly scoreSetIds: readonly number[];
}

/** A run to store, with its plans and how to cut them into shards. */
export interface NewRun {
  readonly id: string;
  readonly name: string;
  readonly specText: string;
  readonly versions: RunVersions;
  /** Default 0. */
  readonly priority?: number;
  /** The samples of the choices that plans refer to. */
  readonly choices?: SampleChoices;
  /** What must be decided before it stops, and for each evaluation all samples that it may take, in the order in which it does. */
  readonly untilDecided?: { readonly asked: UntilDecided; readonly orders: readonly Int32Array<ArrayBuffer>[] };
  readonly evaluations: readonly {
    readonly plan: PlannedEvaluation;
    /** The measures of each setting's metric, in the order of `plan.settings`. */
    readonly measures: readonly (readonly AggregatedMeasure[])[];
    readonly shardSize: number;
    /** The FLOP per sample at each stage. Absent: each stage counts as 1 MFLOP, so that samples are counted. */
    readonly work?: Work;
  }[];
}

/** A stored shard: a range of samples of one evaluation, which one task explains or scores. */
export interface ShardRecord {
  readonly id: number;
  readonly runId: string;
  readonly evaluationId: number;
  /**
   * Positions `start` … `end − 1` among the evaluation's samples. These are sample indices, unless the evaluation has a choice.
   */
  readonly start: number;
  readonly end: number;
  readonly state: ShardState;
  readonly attempts: Readonly<Record<Stage, number>>;
}

/** How many maps and scores a run computed, and how many it found stored. */
export interface RunCounters {
  readonly mapsComputed: number;
  readonly mapsReused: number;
  readonly scoresComputed: number;
  readonly scoresReused: number;
}

/** The map of one sample, to be stored. */
export interface MapRow {
  readonly sampleIndex: number;
  readonly data: Float32Array<ArrayBuffer>;
  readonly degenerate: boolean;
  readonly diagnostics: Readonly<Record<string, number>>;
}

/** The prediction of one sample, to be stored. */
export interface PredictionRow {
  readonly sampleIndex: number;
  /** −1 if the sample has a set of labels. */
  readonly label: number;
  readonly labelSet?: LabelSet;
  /** The model's outputs, one per class. */
  readonly outputs: Float32Array<ArrayBuffer>;
}

/** Creates, finds, lists, changes and removes runs. */
export interface RunRepository {
  /** Writes the run, its evaluations, sets and shards in one transaction. Its state is `planned`. */
  create(run: NewRun): Promise<RunRecord>;
  /**
   * Finds a run.
   * @param reference an id, a unique beginning of one, or `latest`
   * @throws RUN_NOT_FOUND, RUN_AMBIGUOUS
   */
  find(reference: string): Promise<RunRecord>;
  list(query: RunQuery): Promise<RunRecord[]>;
  /**
   * Changes name, note and tags.
   * @throws RUN_NOT_FOUND
   */
  edit(id: string, changes: RunChanges): Promise<RunRecord>;
  /** The number of runs in each state. States without a run are left out. */
  countByState(): Promise<Readonly<Partial<Record<RunState, number>>>>;
  /**
   * Moves the run to `to` if its state is one of `from`. Returns whether it did. It sets `startedAt` and `finishedAt`
   * accordingly. Moving a stopped run to `running` clears a cancel request and an error.
   */
  move(id: string, from: readonly RunState[], to: RunState, error?: { code: ErrorCode; message: string }): Promise<boolean>;
  /**
   * Moves an active run to `interrupted` if no live process drives it, this one included. Returns whether it did. A process that
   * attends before it moves a run to `running` is never overwritten: either this call sees it, or it moves the run after this
   * call.
   */
  interrupt(id: string): Promise<boolean>;
  requestCancel(id: string): Promise<void>;
  /** Notes what its samples decide. */
  decide(id: string, decisions: Decisions): Promise<void>;
  /**
   * Makes evaluations grow: they take the first `upTo` samples of their order, and get shards for the new ones. Those that do not
   * have `from` samples are left alone, so that it may be repeated.
   */
  takeMore(
    id: string,
    more: { readonly evaluationIds: readonly number[]; readonly from: number; readonly upTo: number },
  ): Promise<void>;
  /** Notes that so many of its shards were published again. */
  countRepublished(id: string, shards: number): Promise<void>;
  /** The runs among these that a live process drives now; see `processes/attendance.ts`. */
  attended(ids: readonly string[]): Promise<ReadonlySet<string>>;
  /** The runs among these that a live process no longer drives but whose current work it still finishes. */
  stopping(ids: readonly string[]): Promise<ReadonlySet<string>>;
  evaluations(id: string): Promise<EvaluationRecord[]>;
  /** The samples within `start` … `end − 1` of the data set that an evaluation with a choice takes, ascending; at most `most`. */
  chosen(evaluationId: number, start: number, end: number, most?: number): Promise<Int32Array<ArrayBuffer>>;
  progress(id: string): Promise<RunProgress>;
  /** The progress of several runs, by id, in one round trip. */
  progressOf(ids: readonly string[]): Promise<ReadonlyMap<string, RunProgress>>;
  counters(id: string): Promise<RunCounters>;
  failures(id: string, limit: number): Promise<Failure[]>;
  /** Removes a run that is not running. Its maps and scores stay until `collectGarbage`. */
  remove(id: string): Promise<void>;
}

/** Everything that a worker needs to compute a shard. */
export interface ShardContext {
  readonly shard: ShardRecord;
  /** The indices of the shard's samples, ascending. */
  readonly sampleIndices: Int32Array<ArrayBuffer>;
  readonly evaluation: EvaluationRecord;
  readonly runState: RunState;
  readonly cancelRequested: boolean;
}

/** A shard that was published and is not done. */
export interface OpenShard {
  readonly id: number;
  readonly evaluationId: number;
  readonly state: 'planned' | 'explained';
  /** The attempts at the stage that it waits for. */
  readonly attempts: number;
  /** Whether a worker works on it, or draws some of its maps for another shard. */
  readonly held: boolean;
}

/** Which open shards of a run to read. */
export interface OpenShardQuery {
  readonly afterId: number;
  /** The last ids that were published: of planned shards, and (`explainedTo`) of explained ones. */
  readonly plannedTo: number;
  readonly explainedTo: number;
  readonly limit: number;
}

/** Reads shards and moves them from state to state. */
export interface ShardRepository {
  /** Undefined if the shard is gone (its run was removed, or the database was created again). */
  context(shardId: number): Promise<ShardContext | undefined>;
  /**
   * Counts an attempt, notes who makes it, and claims the shard for `CLAIM_MS`. An explain attempt also claims its maps.
   * @returns false, with nothing counted, while a worker draws some of the same maps for another shard, for example of another
   * run with the same evaluation. They will be available soon without being drawn again.
   */
  beginAttempt(shardId: number, stage: Stage, worker: string): Promise<boolean>;
  /** Extends the claim of an attempt to `CLAIM_MS` from now. */
  renewClaim(shardId: number): Promise<void>;
  /**
   * Stores maps and predictions and moves the shard from `planned` to `explained`, in one transaction. Rows that are stored
   * already stay as they are. A shard that is further on is left alone.
   * @returns whether this call moved the shard
   */
  completeExplain(result: {
    readonly shardId: number;
    readonly mapSetId: number;
    /** Without the axis of samples. It is ignored if there are no maps. */
    readonly mapShape: readonly number[];
    readonly maps: readonly MapRow[];
    readonly predictionSetId: number;
    readonly predictions: readonly PredictionRow[];
    readonly reused: number;
  }): Promise<boolean>;
  /** Stores scores and moves the shard to `scored`, in one transaction. It may be repeated, like `completeExplain`. */
  completeScore(result: {
    readonly shardId: number;
    readonly scores: readonly {
      readonly scoreSetId: number;
      readonly sampleIndices: Int32Array<ArrayBuffer>;
      /** `measures[m][i]`: measure m in the metric's order, sample i. */
      readonly measures: readonly Float64Array<ArrayBuffer>[];
      readonly degenerate: readonly boolean[];
    }[];
    readonly computed: number;
    readonly reused: number;
  }): Promise<boolean>;
  /** Moves a shard that is not `scored` to `failed`. */
  fail(
    shardId: number,
    failure: { readonly stage: Stage; readonly attempts: number; readonly code: ErrorCode; readonly message: string },
  ): Promise<boolean>;
  /** The shards in one of the states, by ascending id, after `afterId`. */
  page(
    runId: string,
    options: { readonly states: readonly ShardState[]; readonly afterId: number; readonly limit: number },
  ): Promise<ShardRecord[]>;
  /**
   * The id of the `position`-th shard (from 1) in this state by ascending id, or of the last one if there are fewer; −1 if there
   * is none.
   */
  idAt(runId: string, state: ShardState, position: number): Promise<number>;
  /** The published shards that are not done, by ascending id. */
  open(runId: string, query: OpenShardQuery): Promise<OpenShard[]>;
  /** The shards of these runs that a worker works on. */
  atWork(runIds: readonly string[], limit: number): Promise<ShardAtWork[]>;
  /** The number of shards in each state. */
  count(runId: string): Promise<Readonly<Record<ShardState, number>>>;
  /**
   * Cuts failed shards of several samples into pieces that start where the shard failed, so that a bad sample does not cost other
   * samples their scores. Shards with an error that no single sample causes are left alone.
   * @returns how many pieces there are to try; 0 if there is nothing left to cut
   */
  cutFailed(runId: string): Promise<number>;
  /** Moves failed shards back to where they failed, with 0 attempts. Returns how many. */
  retryFailed(runId: string): Promise<number>;
}

/** Reads maps. They are stored through `ShardRepository`. */
export interface MapRepository {
  /**
   * The samples of `start` … `end − 1` without a map. In all these methods, `only` limits the range to some of its samples,
   * ascending.
   */
  missing(mapSetId: number, start: number, end: number, only?: Int32Array<ArrayBuffer>): Promise<Int32Array<ArrayBuffer>>;
  /**
   * All maps of a range, `[samples, ...shape]`, with their flags.
   * @throws MAP_NOT_FOUND if one is missing
   */
  read(
    mapSetId: number,
    start: number,
    end: number,
    only?: Int32Array<ArrayBuffer>,
  ): Promise<{ readonly maps: Tensor; readonly degenerate: readonly boolean[] }>;
  /**
   * By key of a set: how many of the samples 0 … samples − 1, or of the given ones, have a map in it. Sets without any are left
   * out.
   */
  countStored(keys: readonly string[], samples: number | Int32Array<ArrayBuffer>): Promise<ReadonlyMap<string, number>>;
  /** The records of the maps of a range. Samples without a map are left out. */
  records(mapSetId: number, start: number, end: number, only?: Int32Array<ArrayBuffer>): Promise<MapRecord[]>;
  readOne(
    mapSetId: number,
    sampleIndex: number,
  ): Promise<{ readonly map: Tensor; readonly degenerate: boolean; readonly diagnostics: Readonly<Record<string, number>> }>;
}

/** Reads predictions. They are stored through `ShardRepository`. */
export interface PredictionRepository {
  missing(predictionSetId: number, start: number, end: number, only?: Int32Array<ArrayBuffer>): Promise<Int32Array<ArrayBuffer>>;
  /** The number of samples of `start` … `end − 1` that are stored. */
  count(predictionSetId: number, start: number, end: number, only?: Int32Array<ArrayBuffer>): Promise<number>;
  /** The stored predictions of `start` … `end − 1`, by ascending sample. */
  stored(predictionSetId: number, start: number, end: number, only?: Int32Array<ArrayBuffer>): Promise<StoredPredictions>;
  /**
   * All predictions of a range; `outputs` is `[samples, classes]`.
   * @throws MAP_NOT_FOUND if one is missing
   */
  read(
    predictionSetId: number,
    start: number,
    end: number,
    only?: Int32Array<ArrayBuffer>,
  ): Promise<Omit<StoredPredictions, 'sampleIndices'>>;
}

/** Tells which scores are stored. `ResultRepository` reads them. */
export interface ScoreRepository {
  /** Like `MapRepository.countStored`. */
  countStored(keys: readonly string[], samples: number | Int32Array<ArrayBuffer>): Promise<ReadonlyMap<string, number>>;
  /** For each set, the samples of `start` … `end − 1` without a score. */
  missing(
    scoreSetIds: readonly number[],
    start: number,
    end: number,
    only?: Int32Array<ArrayBuffer>,
  ): Promise<Int32Array<ArrayBuffer>[]>;
}

/** Files in the store, by the SHA-256 of their content. */
export interface ArtifactRepository {
  has(sha256: string): Promise<boolean>;
  /**
   * Stores a file in chunks. Does nothing if it is stored already.
   * @throws ARTIFACT_TOO_LARGE above 2 GiB
   */
  putFile(file: FileToShare): Promise<void>;
  /**
   * The artifact's chunks in order.
   * @throws ARTIFACT_MISSING
   */
  chunks(sha256: string): AsyncIterable<Uint8Array>;
}

/** Which scores of a run to read. */
export interface ScoreFilter extends Selection {
  readonly sample?: number | undefined;
  /** Only samples `start` … `end` − 1. */
  readonly start?: number | undefined;
  readonly end?: number | undefined;
  /** The sample's label. */
  readonly class?: number | undefined;
  /** An inclusive range of one measure. */
  readonly range?:
    { readonly measure: string; readonly low?: number | undefined; readonly high?: number | undefined } | undefined;
  readonly degenerate?: boolean | undefined;
}

/** Which scores of a run to read, in which order, and which page of them. */
export interface ScoreQuery extends ScoreFilter {
  readonly runId: string;
  /** `sample` or the name of a measure. A `-` in front means descending. Default: by evaluation, setting, sample. */
  readonly sort?: string | undefined;
  readonly limit: number;
  readonly offset: number;
}

/** Of which samples of a run something is asked. */
export interface SamplesAsked extends Omit<SampleListQuery, 'sort' | 'after' | 'before' | 'limit'> {
  readonly runId: string;
  /** Methods that are shown but not compared. */
  readonly controls: ReadonlySet<string>;
  /** The measure of a metric if none is named. */
  readonly headline: (metric: string) => string;
  /** Whether the run is over: columns that are missing are then made, so that the next page need not read the rows. */
  readonly isOver: boolean;
}

/** Which samples of a run to list, and in which order. */
export type SampleQuery = SamplesAsked & Pick<SampleListQuery, 'sort' | 'after' | 'before' | 'limit'>;

/** Of what a histogram is. */
export type HistogramQuery = SamplesAsked & Pick<SampleHistogramQuery, 'of' | 'bins'>;

/** Which two evaluations to compare sample by sample. */
export type PairsOfSamplesQuery = Omit<SamplePairsQuery, 'with'> &
  Pick<SamplesAsked, 'runId' | 'headline' | 'isOver'> & {
    /** The run of the second evaluation. */
    readonly otherRunId: string;
  };

/** A filter of comparisons, and the runs they are of; `none`: without tests, which take longer than all the rest. */
export type ComparisonQuery = Omit<ComparisonFilter, 'test'> & {
  readonly runIds: readonly string[];
  readonly test?: ComparisonFilter['test'] | 'none';
  readonly scaleOf?: ScaleOf;
};

/**
 * The size of the numbers that scores of a measure are made of. Scores that differ by its rounding are equal. 0, or absent: only the
 * scores themselves tell.
 */
export type ScaleOf = (metric: string, measure: string) => number;

/** Scores by which methods are ranked. */
export interface RankedScores {
  /** The evaluations, by run and position in it; of one model and data set. */
  readonly methods: readonly { readonly runId: string; readonly evaluation: number }[];
  readonly columns: readonly (Pick<RankColumn, 'metric' | 'measure' | 'direction' | 'scoredClass' | 'setting'> & {
    /** As of `ScaleOf`. */
    readonly scale: number;
  })[];
}

/** A measure of one evaluation, by its position in the run, at one setting. */
export type OrderedColumn = { readonly evaluation: number } & Omit<AskedPair, 'first' | 'second'>;

/** Reads results: tables, comparisons and scores. */
export interface ResultRepository {
  /**
   * Table rows in the order of runs, evaluations and settings, with intervals.
   * @throws USAGE if the selection names something that the runs lack; the other methods do so too
   */
  table(runIds: readonly string[], selection?: Selection): Promise<TableRow[]>;
  /** The positions of the evaluations that match the selection, ascending. */
  evaluations(runId: string, selection: Selection): Promise<number[]>;
  scores(query: ScoreQuery): Promise<ScoreRow[]>;
  /**
   * A page of the samples of a run, each with the scores of the selected methods and how far they disagree.
   * @throws USAGE if the selection leaves more than one metric, setting, model or data set
   */
  samples(query: SampleQuery): Promise<SampleList>;
  /**
   * A histogram of the samples that such a list has. The bounds of the value itself do not filter.
   * @throws USAGE as `samples`
   */
  histogram(query: HistogramQuery): Promise<SampleHistogram>;
  /**
   * The scores of the same samples by two evaluations.
   * @throws USAGE if the selection leaves more than one metric or setting, or the two are not of the same data
   */
  samplePairs(query: PairsOfSamplesQuery): Promise<SamplePairs>;
  /**
   * Evaluations in pairs, with tests, in the order of evaluations, settings and measures (those that are means or shares).
   * @throws USAGE when `measure` or `against` names nothing in the runs, or there is one of what is compared across
   */
  comparisons(query: ComparisonQuery): Promise<Comparison[]>;
  /**
   * How alike columns of scores order the methods, every two columns; see `RankAgreement`. Memory does not depend on the number
   * of samples.
   */
  rankAgreements(query: RankedScores): Promise<RankAgreement[]>;
  /**
   * The scores of a growing run in the order in which it takes samples, one array a column; NaN where there is none. Memory: 8
   * bytes a score.
   */
  scoresInOrder(runId: string, columns: readonly OrderedColumn[]): Promise<Float64Array<ArrayBuffer>[]>;
  /**
   * Aggregates the scores of a run, so that its table need not read them. It changes no number. It stops early if the signal is
   * aborted; another call does the rest.
   */
  summarize(runId: string, signal?: AbortSignal): Promise<void>;
}

/** The database of xaigrid: runs, shards, maps, predictions, scores and files. */
export interface Store {
  readonly runs: RunRepository;
  readonly shards: ShardRepository;
  readonly maps: MapRepository;
  readonly predictions: PredictionRepository;
  readonly scores: ScoreRepository;
  readonly artifacts: ArtifactRepository;
  readonly results: ResultRepository;
  /** Deletes (or with `dryRun` counts) what no run refers to. */
  collectGarbage(options: { readonly dryRun: boolean }): Promise<GarbageReport>;
  /**
   * Leads until the signal is aborted. At most one process per database leads at a time; see `processes/leadership.ts` for the
   * times.
   * @throws the errors of `onElected`
   */
  lead(options: CampaignOptions): Promise<void>;
  /**
   * Shows other processes that a live process drives a run (or only finishes its current work on it), until `release` is called
   * or the process ends; see `processes/attendance.ts`.
   * @returns once others can see it, or if it cannot be shown for now
   */
  attend(runId: string, role?: Role): Promise<Attending>;
  /**
   * Asks the server, in one round trip.
   * @throws DATABASE_UNREACHABLE
   */
  ping(): Promise<{ readonly serverVersion: string; readonly sizeBytes: number }>;
  close(): Promise<void>;
}
