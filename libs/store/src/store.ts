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
  PlannedEvaluation,
  RunChanges,
  RunProgress,
  RunState,
  ScoreRow,
  Selection,
  ShardState,
  Stage,
  TableRow,
  Work,
} from '@xaigrid/contracts';
import type { StoredPredictions, Tensor } from '@xaigrid/tensor';
import type { Attending, Role } from './processes/attendance.js';
import type { CampaignOptions } from './processes/leadership.js';
import type { SampleChoices } from './samples/sample-choices.js';

/** What made a run: for the record and for reports. */
export interface RunVersions {
  readonly xaigrid: string;
  readonly node: string;
  readonly platform: string;
}

export interface RunRecord {
  readonly id: string;
  readonly name: string;
  readonly state: RunState;
  readonly cancelRequested: boolean;
  /** The spec as the user wrote it, before `${VAR}` was filled in. */
  readonly specText: string;
  readonly versions: RunVersions;
  /** Each step doubles the run's part of the workers. */
  readonly priority: number;
  readonly createdAt: Date;
  readonly startedAt?: Date;
  readonly finishedAt?: Date;
  readonly error?: { readonly code: ErrorCode; readonly message: string };
  /** Shards that the queue had lost and that were published again; absent when there was none. */
  readonly republished?: { readonly shards: number; readonly at: Date };
  /** What people wrote of it. */
  readonly tags: readonly string[];
  readonly note: string;
  /** What its evaluations are about, in their order. */
  readonly datasets: readonly string[];
  readonly models: readonly string[];
  readonly methods: readonly string[];
}

/** Which runs are listed; left out: all. */
export interface RunQuery {
  readonly limit: number;
  readonly states?: readonly RunState[] | undefined;
  readonly before?: Date | undefined;
  /** Words that stand in id, name, state, note, tags, data sets, models or methods, all of them, in whatever letter case. */
  readonly search?: string | undefined;
  /** Tags that a run must have. */
  readonly tags?: readonly string[] | undefined;
}

export interface EvaluationRecord {
  readonly id: number;
  readonly runId: string;
  /** Position in the run, from 0. */
  readonly ordinal: number;
  readonly plan: PlannedEvaluation;
  readonly mapSetId: number;
  readonly predictionSetId: number;
  /** One score set a setting, in the plan's order. */
  readonly scoreSetIds: readonly number[];
}

export interface NewRun {
  readonly id: string;
  readonly name: string;
  readonly specText: string;
  readonly versions: RunVersions;
  /** Default 0. */
  readonly priority?: number;
  /** The samples of the choices that plans name. */
  readonly choices?: SampleChoices;
  readonly evaluations: readonly {
    readonly plan: PlannedEvaluation;
    /** What each setting's metric measures, in the order of `plan.settings`. */
    readonly measures: readonly (readonly AggregatedMeasure[])[];
    readonly shardSize: number;
    /** FLOP that a sample takes at each stage; not known: each counts 1 MFLOP, so that samples are counted. */
    readonly work?: Work;
  }[];
}

export interface ShardRecord {
  readonly id: number;
  readonly runId: string;
  readonly evaluationId: number;
  /** Positions `start` … `end − 1` among the evaluation's samples: their indices, unless the evaluation has a choice. */
  readonly start: number;
  readonly end: number;
  readonly state: ShardState;
  readonly attempts: Readonly<Record<Stage, number>>;
}

/** What one run computed and what it found already stored; asserted by tests of reuse. */
export interface RunCounters {
  readonly mapsComputed: number;
  readonly mapsReused: number;
  readonly scoresComputed: number;
  readonly scoresReused: number;
}

export interface MapRow {
  readonly sampleIndex: number;
  readonly data: Float32Array<ArrayBuffer>;
  readonly degenerate: boolean;
  readonly diagnostics: Readonly<Record<string, number>>;
}

export interface PredictionRow {
  readonly sampleIndex: number;
  /** −1 with a set of labels. */
  readonly label: number;
  readonly labelSet?: LabelSet;
  /** The model's outputs, one a class. */
  readonly outputs: Float32Array<ArrayBuffer>;
}

export interface RunRepository {
  /** Writes the run, its evaluations, sets and shards in one transaction; state `planned`. */
  create(run: NewRun): Promise<RunRecord>;
  /** @param reference an id, a unique beginning of one, or `latest`. Throws RUN_NOT_FOUND, RUN_AMBIGUOUS. */
  find(reference: string): Promise<RunRecord>;
  list(query: RunQuery): Promise<RunRecord[]>;
  /** Changes name, note and tags. Throws RUN_NOT_FOUND. */
  edit(id: string, changes: RunChanges): Promise<RunRecord>;
  /** How many runs are in each state; states without a run are left out. */
  countByState(): Promise<Readonly<Partial<Record<RunState, number>>>>;
  /** Moves the run to `to` if it is in one of `from`; returns whether it did. Sets startedAt/finishedAt as fits; moving a run that had stopped to `running` forgets a cancel request and an error. */
  move(id: string, from: readonly RunState[], to: RunState, error?: { code: ErrorCode; message: string }): Promise<boolean>;
  /**
   * Moves a run that is under way to `interrupted` if no live process drives it, this one included; returns whether it did. Whoever attends
   * before he moves a run to `running` is never overwritten: either this sees him, or he moves it after this did.
   */
  interrupt(id: string): Promise<boolean>;
  requestCancel(id: string): Promise<void>;
  /** Remembers that so many of its shards were published again. */
  countRepublished(id: string, shards: number): Promise<void>;
  /** Which of these runs a live process drives now; see `processes/attendance.ts`. */
  attended(ids: readonly string[]): Promise<ReadonlySet<string>>;
  /** Of which of these runs a live process that drives them no more finishes what it has in hand. */
  stopping(ids: readonly string[]): Promise<ReadonlySet<string>>;
  evaluations(id: string): Promise<EvaluationRecord[]>;
  /** Those of samples `start` … `end − 1` of the data set that an evaluation with a choice takes, ascending; at most so many. */
  chosen(evaluationId: number, start: number, end: number, most?: number): Promise<Int32Array<ArrayBuffer>>;
  progress(id: string): Promise<RunProgress>;
  /** Of several runs, by id, in one round trip. */
  progressOf(ids: readonly string[]): Promise<ReadonlyMap<string, RunProgress>>;
  counters(id: string): Promise<RunCounters>;
  failures(id: string, limit: number): Promise<Failure[]>;
  /** Forgets a run that is not running; its maps and scores stay until `collectGarbage`. */
  remove(id: string): Promise<void>;
}

export interface ShardContext {
  readonly shard: ShardRecord;
  /** Indices of the shard's samples, ascending. */
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
  /** At the stage that it waits for. */
  readonly attempts: number;
  /** A worker works on it, or draws some of its maps for another shard. */
  readonly held: boolean;
}

export interface OpenShardQuery {
  readonly afterId: number;
  /** Planned shards up to this id are meant, and explained ones up to that. */
  readonly plannedTo: number;
  readonly explainedTo: number;
  readonly limit: number;
}

export interface ShardRepository {
  /** Undefined when the shard is gone (its run was removed, the database was made anew). */
  context(shardId: number): Promise<ShardContext | undefined>;
  /**
   * Counts an attempt, remembers who makes it, and claims the shard for `CLAIM_MS`; an explain attempt also its maps.
   * @returns false, with nothing counted, while a worker draws some of the same maps for another shard: of another run with the same
   * evaluation, for example. They can be had soon, without being drawn again.
   */
  beginAttempt(shardId: number, stage: Stage, worker: string): Promise<boolean>;
  /** Makes the claim of an attempt last `CLAIM_MS` from now. */
  renewClaim(shardId: number): Promise<void>;
  /**
   * Stores maps and predictions and moves the shard from `planned` to `explained`, in one transaction. Rows that are already
   * stored stay as they are; a shard that is further is left alone. @returns whether this call moved the shard
   */
  completeExplain(result: {
    readonly shardId: number;
    readonly mapSetId: number;
    /** Without the samples' axis; of no account when there are no maps. */
    readonly mapShape: readonly number[];
    readonly maps: readonly MapRow[];
    readonly predictionSetId: number;
    readonly predictions: readonly PredictionRow[];
    readonly reused: number;
  }): Promise<boolean>;
  /** Stores scores and moves the shard to `scored`, in one transaction; idempotent like completeExplain. */
  completeScore(result: {
    readonly shardId: number;
    readonly scores: readonly {
      readonly scoreSetId: number;
      readonly sampleIndices: Int32Array<ArrayBuffer>;
      /** `measures[m][i]`, in the metric's order. */
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
  /** Shards in one of the states, by ascending id, after `afterId`. */
  page(
    runId: string,
    options: { readonly states: readonly ShardState[]; readonly afterId: number; readonly limit: number },
  ): Promise<ShardRecord[]>;
  /** The id of the shard that is the `position`-th (from 1) in this state by ascending id, or of the last one; −1 when there is none. */
  idAt(runId: string, state: ShardState, position: number): Promise<number>;
  /** Published shards that are not done, by ascending id. */
  open(runId: string, query: OpenShardQuery): Promise<OpenShard[]>;
  /** How many shards are in each state. */
  count(runId: string): Promise<Readonly<Record<ShardState, number>>>;
  /**
   * Cuts failed shards of several samples into pieces that are where the shard failed, so that a bad sample costs no other its score.
   * Shards whose error no single sample causes are left alone. @returns how many pieces there are to try; 0 when none is left to cut
   */
  cutFailed(runId: string): Promise<number>;
  /** Moves failed shards back to where they failed, with attempts at 0; returns how many. */
  retryFailed(runId: string): Promise<number>;
}

export interface MapRepository {
  /** Which of `start` … `end − 1` have no map yet; as everywhere here, of `only` those where it is given: some of them, ascending. */
  missing(mapSetId: number, start: number, end: number, only?: Int32Array<ArrayBuffer>): Promise<Int32Array<ArrayBuffer>>;
  /** All maps of a range, `[samples, ...shape]`, with flags; throws MAP_NOT_FOUND when one is missing. */
  read(
    mapSetId: number,
    start: number,
    end: number,
    only?: Int32Array<ArrayBuffer>,
  ): Promise<{ readonly maps: Tensor; readonly degenerate: readonly boolean[] }>;
  /** By key of a set: how many of samples 0 … samples − 1, or of those given, have a map in it. A set without any is left out. */
  countStored(keys: readonly string[], samples: number | Int32Array<ArrayBuffer>): Promise<ReadonlyMap<string, number>>;
  /** What is stored with the maps of a range; samples without a map are left out. */
  records(mapSetId: number, start: number, end: number, only?: Int32Array<ArrayBuffer>): Promise<MapRecord[]>;
  readOne(
    mapSetId: number,
    sampleIndex: number,
  ): Promise<{ readonly map: Tensor; readonly degenerate: boolean; readonly diagnostics: Readonly<Record<string, number>> }>;
}

export interface PredictionRepository {
  missing(predictionSetId: number, start: number, end: number, only?: Int32Array<ArrayBuffer>): Promise<Int32Array<ArrayBuffer>>;
  /** How many of `start` … `end − 1` are stored. */
  count(predictionSetId: number, start: number, end: number, only?: Int32Array<ArrayBuffer>): Promise<number>;
  /** Those of `start` … `end − 1` that are stored, by ascending sample. */
  stored(predictionSetId: number, start: number, end: number, only?: Int32Array<ArrayBuffer>): Promise<StoredPredictions>;
  /** `outputs` is `[samples, classes]`; throws MAP_NOT_FOUND when one is missing. */
  read(
    predictionSetId: number,
    start: number,
    end: number,
    only?: Int32Array<ArrayBuffer>,
  ): Promise<Omit<StoredPredictions, 'sampleIndices'>>;
}

export interface ScoreRepository {
  /** As of maps. */
  countStored(keys: readonly string[], samples: number | Int32Array<ArrayBuffer>): Promise<ReadonlyMap<string, number>>;
  /** For each set, which of `start` … `end − 1` have no score yet. */
  missing(
    scoreSetIds: readonly number[],
    start: number,
    end: number,
    only?: Int32Array<ArrayBuffer>,
  ): Promise<Int32Array<ArrayBuffer>[]>;
}

export interface ArtifactRepository {
  has(sha256: string): Promise<boolean>;
  /** Stores a file in chunks; does nothing when it is there. Throws ARTIFACT_TOO_LARGE above 2 GiB. */
  putFile(file: FileToShare): Promise<void>;
  /** The artifact's chunks in order. Throws ARTIFACT_MISSING. */
  chunks(sha256: string): AsyncIterable<Uint8Array>;
}

export interface ScoreFilter extends Selection {
  readonly sample?: number | undefined;
  /** The sample's label. */
  readonly class?: number | undefined;
  /** Inclusive range of one measure. */
  readonly range?:
    { readonly measure: string; readonly low?: number | undefined; readonly high?: number | undefined } | undefined;
  readonly degenerate?: boolean | undefined;
}

export interface ScoreQuery extends ScoreFilter {
  readonly runId: string;
  /** `sample` or a measure's name; `-` in front: descending. Default: evaluation, setting, sample. */
  readonly sort?: string | undefined;
  readonly limit: number;
  readonly offset: number;
}

export interface ResultRepository {
  /**
   * Table rows in the order of runs, evaluations and settings; intervals included.
   * @throws USAGE when the selection names nothing in the runs, as the others do
   */
  table(runIds: readonly string[], selection?: Selection): Promise<TableRow[]>;
  /** Positions of the evaluations that have what is chosen, ascending. */
  evaluations(runId: string, selection: Selection): Promise<number[]>;
  scores(query: ScoreQuery): Promise<ScoreRow[]>;
  /**
   * Evaluations of a run in pairs, in the order of evaluations, settings and measures (those that are means or shares).
   * @throws USAGE when `measure` or `against` names nothing in the run
   */
  comparisons(query: ComparisonFilter & { readonly runId: string }): Promise<Comparison[]>;
  /**
   * Sums up the scores of a run, so that its table need not read them; changes no number. Stops early when the signal is aborted; doing it
   * again does the rest.
   */
  summarize(runId: string, signal?: AbortSignal): Promise<void>;
}

export interface Store {
  readonly runs: RunRepository;
  readonly shards: ShardRepository;
  readonly maps: MapRepository;
  readonly predictions: PredictionRepository;
  readonly scores: ScoreRepository;
  readonly artifacts: ArtifactRepository;
  readonly results: ResultRepository;
  /** Removes (or with `dryRun` counts) what no run refers to. */
  collectGarbage(options: { readonly dryRun: boolean }): Promise<GarbageReport>;
  /**
   * Leads, at most one process a database at a time, until the signal is aborted; see `processes/leadership.ts` for the times.
   * @throws what `onElected` throws
   */
  lead(options: CampaignOptions): Promise<void>;
  /**
   * Shows all who look that a live process drives a run (or only finishes what it has of it in hand), until `release` is called or the
   * process ends; see `processes/attendance.ts`.
   * @returns once it can be seen, or cannot for now
   */
  attend(runId: string, role?: Role): Promise<Attending>;
  /** One round trip; throws DATABASE_UNREACHABLE. */
  ping(): Promise<{ readonly serverVersion: string; readonly sizeBytes: number }>;
  close(): Promise<void>;
}
