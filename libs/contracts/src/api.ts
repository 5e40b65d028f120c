import { z } from 'zod';
import { reasonSchema } from './against.js';
import { anyNumberSchema } from './any-number.js';
import { classPolicySchema, computedBySchema, engineNameSchema, plannedEvaluationSchema, prioritySchema } from './plan.js';
import { fileReferenceSchema } from './references.js';
import { runStates } from './results.js';
import { sampleChoiceSchema } from './sample-choice.js';
import { selectionSchema } from './selection/index.js';
import { decisionsSchema, untilDecidedSchema } from './until-decided.js';

/**
 * What xaigrid says about runs, over HTTP and within one process alike. Times are ISO 8601.
 *
 * An error, as answers and runs carry it.
 */
export const errorReportSchema = z.object({ code: z.string(), message: z.string() });

/**
 * How far a run is: samples over all evaluations that take part, have a map, have all scores, and failed; and the same by cost.
 */
export const runProgressSchema = z.object({
  samples: z.int().nonnegative(),
  explained: z.int().nonnegative(),
  scored: z.int().nonnegative(),
  failed: z.int().nonnegative(),
  work: z
    .object({
      total: z.number().nonnegative().meta({ description: 'Of all evaluations, at both stages.' }),
      open: z.number().nonnegative().meta({ description: 'Still to do. Failed samples count as no open work.' }),
      computed: z
        .number()
        .nonnegative()
        .meta({ description: 'Computed work; other work that is done was stored already, or failed.' }),
    })
    .exactOptional()
    .meta({ description: 'Progress by cost, in MFLOP.' }),
});
/** How far a run is, in samples over all evaluations. */
export type RunProgress = z.output<typeof runProgressSchema>;
/** How far a run is by cost, in MFLOP. Work that is neither open nor computed was stored before the run, or failed. */
export type RunWork = NonNullable<RunProgress['work']>;

/** One run, as lists show it. */
export const runSummarySchema = z.object({
  id: z.string(),
  name: z.string(),
  state: z.enum(runStates),
  priority: prioritySchema,
  createdAt: z.iso.datetime(),
  startedAt: z.iso.datetime().optional(),
  finishedAt: z.iso.datetime().optional(),
  error: errorReportSchema.optional(),
  tags: z.array(z.string()),
  note: z.string(),
  /** The data sets, models and methods of its evaluations, in the order of the evaluations. */
  ...{ datasets: z.array(z.string()), models: z.array(z.string()), methods: z.array(z.string()) },
  progress: runProgressSchema.exactOptional().meta({ description: 'Progress; in lists only for runs under way.' }),
  stopping: z.literal(true).exactOptional().meta({
    description: 'No process drives the run any more, but one is still finishing its current work; then the run is interrupted.',
  }),
});
export type RunSummary = z.infer<typeof runSummarySchema>;

export const runNameSchema = z.string().min(1).max(200);
export const tagSchema = z.string().regex(/^[^\s,]{1,64}$/, 'expected a word of at most 64 characters, without comma');
const tagsSchema = z.array(tagSchema).max(50);

/** Changes to a stored run that users may make. A field that is left out stays as it is. */
export const runChangesSchema = z.strictObject({
  name: runNameSchema.exactOptional(),
  note: z.string().max(10_000).exactOptional().meta({ description: 'Free text; empty: none.' }),
  addTags: tagsSchema.exactOptional(),
  removeTags: tagsSchema.exactOptional(),
});
export type RunChanges = z.infer<typeof runChangesSchema>;

/** Which runs to list. The newest come first. */
export const runListQuerySchema = z.object({
  limit: z.int().positive().default(20),
  search: z.string().max(200).exactOptional(),
  tags: tagsSchema.exactOptional(),
  states: z.array(z.enum(runStates)).exactOptional(),
});
export type RunListQuery = z.infer<typeof runListQuerySchema>;

/**
 * A shard that failed: its evaluation, the samples `start` … `end` − 1, the stage, the number of attempts, and the error of the
 * last attempt.
 */
export const failureSchema = z.object({
  evaluation: z.int().nonnegative(),
  shardId: z.int().nonnegative(),
  start: z.int().nonnegative(),
  end: z.int().nonnegative(),
  samples: z.int().nonnegative().meta({
    description: 'How many failed: fewer than from `start` to `end` − 1 if the run takes only some samples.',
  }),
  stage: z.string(),
  attempts: z.int().nonnegative(),
  code: z.string(),
  message: z.string(),
});
export type Failure = z.output<typeof failureSchema>;

/** One evaluation of a run: data set, model, method, and how many settings it is scored at. */
export const runEvaluationSchema = z.object({
  /** Position in the run, by which `maps` and `export` name the evaluation. */
  ordinal: z.int().nonnegative(),
  label: z.string(),
  dataset: z.string(),
  datasetFingerprint: z.string(),
  model: z.string(),
  modelFingerprint: z.string(),
  method: z.string(),
  methodVersion: z.int(),
  params: z.record(z.string(), z.json()),
  files: z
    .array(fileReferenceSchema.omit({ path: true }))
    .exactOptional()
    .meta({ description: 'Files that the method reads, such as maps made elsewhere; absent if there are none.' }),
  background: z
    .object({
      dataset: z.string(),
      datasetFingerprint: z.string(),
      datasetSize: z.int(),
      size: z.int(),
      selection: z.enum(['first', 'random']),
    })
    .exactOptional()
    .meta({
      description:
        'The references of a method that needs some: `size` samples of a data set, either the first ones or drawn by the seed.',
    }),
  engine: engineNameSchema,
  computedBy: computedBySchema
    .exactOptional()
    .meta({ description: 'What executes the model, as planned; absent in runs of earlier versions.' }),
  explainedClass: classPolicySchema,
  seed: z.int(),
  samples: z.int(),
  datasetSize: z.int().exactOptional().meta({ description: 'Samples of the data set, of which `samples` take part.' }),
  chosen: sampleChoiceSchema
    .optional()
    .meta({ description: 'How they were chosen; absent if they are the first of the data set.' }),
  settings: z.int(),
  mapSetKey: z.string(),
});
export type RunEvaluation = z.infer<typeof runEvaluationSchema>;

/** One run with everything about it but its results: spec, versions, counters, evaluations, failures. */
export const runDetailsSchema = runSummarySchema.extend({
  /** The spec as written, before `${VAR}` was filled in. */
  specText: z.string(),
  versions: z.object({ xaigrid: z.string(), node: z.string(), platform: z.string() }),
  progress: runProgressSchema,
  counters: z.object({
    mapsComputed: z.int().nonnegative(),
    mapsReused: z.int().nonnegative(),
    scoresComputed: z.int().nonnegative(),
    scoresReused: z.int().nonnegative(),
  }),
  evaluations: z.array(runEvaluationSchema),
  failures: z.array(failureSchema),
  untilDecided: decisionsSchema.exactOptional().meta({
    description: 'Of a run that takes samples until pairs of methods are decided: which are, and how many samples that took.',
  }),
  waits: z.array(z.string()).exactOptional().meta({ description: 'Why an unfinished run waits, as far as known, in sentences.' }),
  republished: z.object({ shards: z.int().positive(), at: z.iso.datetime() }).exactOptional().meta({
    description: 'Shards that were published again because the queue had lost their task, and the time of the last one.',
  }),
});
export type RunDetails = z.infer<typeof runDetailsSchema>;

/**
 * One row of a table of results: one evaluation at one setting. Rates are sums divided by `samples`, or by `divisor` if there is
 * one.
 */
export const tableRowSchema = z.object({
  ...{ runId: z.string(), runName: z.string() },
  evaluation: z.int().meta({ description: 'Position of the evaluation in its run.' }),
  ...{ dataset: z.string(), model: z.string(), method: z.string() },
  label: z.string().meta({ description: 'The name of the evaluation: its method, and what distinguishes it in its spec.' }),
  ...{ engine: z.string(), explainedClass: z.string(), metric: z.string(), scoredClass: z.string() },
  setting: z.record(z.string(), z.unknown()),
  divisor: z.int().positive().optional().meta({
    description:
      'Rates are sums over the samples divided by this number; the bounds of their intervals are scaled in the same way.',
  }),
  samples: z.int().meta({ description: 'Scored samples: fewer than planned while a run is under way, or if samples failed.' }),
  planned: z.int(),
  datasetSize: z.int().optional().meta({ description: 'Samples of the data set, of which `planned` take part.' }),
  chosen: sampleChoiceSchema
    .optional()
    .meta({ description: 'How they were chosen; absent if they are the first of the data set.' }),
  degenerate: z.int().meta({ description: 'Samples whose map is the same everywhere.' }),
  sumMissed: z
    .object({ samples: z.int(), largest: anyNumberSchema })
    .optional()
    .meta({ description: 'Maps that miss their sum by more than 1 % of it, and the largest miss.' }),
  undecided: z
    .int()
    .optional()
    .meta({ description: 'Maps that depend on rounding: float32 decides whether one of their feature maps is used.' }),
  accuracy: z.object({ samples: z.int(), right: z.int(), largestClass: z.int() }).optional().meta({
    description:
      'Samples that have one label and a stored prediction, how many of them the model predicts correctly, and how many have the most frequent class.',
  }),
  measures: z.record(
    z.string(),
    z.object({ value: anyNumberSchema, interval: z.object({ low: anyNumberSchema, high: anyNumberSchema }).optional() }),
  ),
  against: z
    .array(reasonSchema)
    .optional()
    .meta({ description: 'What speaks against the row; empty if nothing does. Servers of earlier versions do not say it.' }),
});
export type TableRow = z.output<typeof tableRowSchema>;
/** How many maps miss the sum that they should add up to, and the largest miss. */
export type SumMissed = NonNullable<TableRow['sumMissed']>;
/** How often a model predicts the label, and how often the most frequent class would be right. */
export type Accuracy = NonNullable<TableRow['accuracy']>;

/** One sample's score at one setting. */
export const scoreRowSchema = z.object({
  evaluation: z.int(),
  ...{ dataset: z.string(), model: z.string(), method: z.string(), label: z.string(), metric: z.string() },
  scoredClass: z.string().meta({ description: 'The class that the metric reads: `predicted`, `label`, `0`.' }),
  setting: z.record(z.string(), z.unknown()),
  sampleIndex: z.int(),
  trueClass: z.int().meta({ description: 'The label of the sample; −1 if samples have sets of labels.' }),
  trueClasses: z
    .array(z.int())
    .readonly()
    .exactOptional()
    .meta({ description: 'The set of labels of the sample, ascending, if it has one.' }),
  ...{ predictedClass: z.int(), degenerate: z.boolean() },
  sumMissed: anyNumberSchema.optional().meta({
    description: 'By how much the map misses its sum, as a share of the change that it explains; present if above 1 %.',
  }),
  measures: z.record(z.string(), anyNumberSchema),
});
export type ScoreRow = z.output<typeof scoreRowSchema>;

/** What one evaluation of a run is about, and what is stored of it besides scores. */
export const evaluationDetailsSchema = z.object({
  classNames: z.array(z.string()).meta({ description: 'Names of the data set’s classes, in class order.' }),
  sampleShape: z.array(z.int().positive()).meta({ description: 'Shape of a sample, channels last.' }),
  featureNames: z
    .array(z.string())
    .exactOptional()
    .meta({ description: 'The names of the features of a table, if its files have them.' }),
  storedPredictions: z.int().nonnegative().meta({ description: 'How many of its samples have a stored prediction.' }),
  regions: z
    .boolean()
    .exactOptional()
    .meta({ description: 'Whether it is known where in a sample its class shows; absent: no.' }),
  sampleIndices: z
    .array(z.int().nonnegative())
    .exactOptional()
    .meta({ description: 'The samples that take part, ascending, if they are not the first of the data set.' }),
  classTemplates: z
    .array(z.array(z.number()))
    .exactOptional()
    .meta({ description: 'The signal that the samples of each class are made from, if the data set has it.' }),
});
export type EvaluationDetails = z.infer<typeof evaluationDetailsSchema>;

/** A stored map without its numbers. */
export const mapRecordSchema = z.object({
  sampleIndex: z.int(),
  degenerate: z.boolean(),
  diagnostics: z
    .record(z.string(), anyNumberSchema)
    .meta({ description: 'Numbers that the method returned with the map, for example its additivity error or standard error.' }),
});
export type MapRecord = z.infer<typeof mapRecordSchema>;

/** The most scores in one answer. */
export const MOST_SCORES = 10_000;

/** Which scores of a run to answer, in which order, and which page of them. */
export const scoreFilterSchema = selectionSchema.extend({
  sample: z.int().nonnegative().exactOptional(),
  /** Only samples `start` … `end` − 1: what pages through all scores without reading those of earlier pages again. */
  start: z.int().nonnegative().exactOptional(),
  end: z.int().nonnegative().exactOptional(),
  class: z.int().nonnegative().exactOptional(),
  range: z.object({ measure: z.string(), low: z.number().exactOptional(), high: z.number().exactOptional() }).exactOptional(),
  degenerate: z.boolean().exactOptional(),
  sort: z.string().exactOptional(),
  limit: z.int().positive().max(MOST_SCORES).default(100),
  offset: z.int().nonnegative().default(0),
});
export type ScoreRequestFilter = z.infer<typeof scoreFilterSchema>;

/** The cost of one sample of an evaluation at each stage, in floating-point operations of the model. */
export const workSchema = z.object({
  explain: z
    .number()
    .nonnegative()
    .meta({ description: 'Its map, and its predictions unless an earlier evaluation makes them.' }),
  score: z.number().nonnegative().meta({ description: 'Its scores at all settings.' }),
});
export type Work = z.infer<typeof workSchema>;

/** A run as a client planned it. Files are named by hash; the client uploads them as artifacts before. */
export const submissionSchema = z.object({
  name: runNameSchema,
  priority: prioritySchema.default(0),
  specText: z.string().max(1_048_576),
  evaluations: z
    .array(
      z.object({
        plan: plannedEvaluationSchema,
        shardSize: z.int().positive().max(100_000),
        work: workSchema
          .exactOptional()
          .meta({ description: 'The work that the time left is estimated from; older clients do not send it.' }),
      }),
    )
    .min(1)
    .max(10_000),
  untilDecided: untilDecidedSchema.exactOptional().meta({
    description: 'The run takes samples in random order until these pairs of evaluations are decided; plans have the first ones.',
  }),
  choices: z
    .record(z.string().regex(/^[0-9a-f]{64}$/), z.array(z.int().nonnegative().max(2_147_483_647)).min(1))
    .exactOptional()
    .meta({
      description: 'The samples of each choice in the plan, ascending. The key is the sha256 of the numbers joined by commas.',
    }),
});
export type RunSubmission = z.input<typeof submissionSchema>;

/** How many maps and scores of one planned evaluation are stored already. */
export const reuseSchema = z.object({
  label: z.string(),
  samples: z.int(),
  storedMaps: z.int(),
  settings: z.int(),
  /** Scores summed over all settings. */
  storedScores: z.int(),
});
export type Reuse = z.infer<typeof reuseSchema>;

/** What garbage collection deletes, or would delete: counts, and the bytes of the maps. */
export const garbageReportSchema = z.object({
  mapSets: z.int(),
  maps: z.int(),
  mapBytes: z.int(),
  predictionSets: z.int(),
  scoreSets: z.int(),
  artifacts: z.int(),
});
export type GarbageReport = z.infer<typeof garbageReportSchema>;
