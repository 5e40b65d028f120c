import { z } from 'zod';
import { activityAnswerSchema } from '../activity.js';
import {
  artifactAnswerSchema,
  comparisonsAnswerSchema,
  evaluationsAnswerSchema,
  healthzAnswerSchema,
  mapRecordsAnswerSchema,
  rankingsAnswerSchema,
  reuseAnswerSchema,
  runEventDataSchema,
  runsAnswerSchema,
  scoresAnswerSchema,
  sessionAnswerSchema,
  storeHealthSchema,
  tableAnswerSchema,
} from '../api-answers.js';
import {
  evaluationDetailsSchema,
  garbageReportSchema,
  runChangesSchema,
  runDetailsSchema,
  runSummarySchema,
  submissionSchema,
  tagSchema,
} from '../api.js';
import { catalogAnswerSchema } from '../catalog-answer.js';
import { comparedAcross, pairedTests } from '../comparisons.js';
import { maskedOutputsSchema, maskedQuestionSchema } from '../masked-outputs.js';
import { rankedMeasures } from '../method-rankings.js';
import { modelQualityAnswerSchema } from '../model-quality.js';
import { planAnswerSchema, storedInputsSchema } from '../planned-spec.js';
import { runStates } from '../results.js';
import { histogramValues, MOST_BINS, sampleHistogramSchema } from '../sample-histogram.js';
import { MOST_SAMPLES, sampleListSchema, sampleSorts } from '../sample-list.js';
import { MOST_PAIR_BINS, MOST_PAIRED_SAMPLES, samplePairsSchema } from '../sample-pairs.js';
import { tableFormats, type TableFormat } from '../table-formats.js';
import { answerJsonSchema } from './json-schema.js';
import type { Operation } from './operation.js';
import {
  againstSchema,
  artifactParamsSchema,
  binarySchema,
  decimalNumber,
  evaluationParamsSchema,
  listOf,
  measureName,
  rangeSchema,
  referenceListSchema,
  runParamsSchema,
  runReferenceSchema,
  sampleParamsSchema,
  selectionQuerySchema,
  wholeNumber,
  yesOrNo,
} from './request-parts.js';

const exampleSpec = `name: first
limit: 4
datasets:
  mnist1d: { kind: mnist1d, split: test }
models:
  cnn: { path: mnist1d-cnn/model.json }
evaluations:
  - dataset: mnist1d
    model: cnn
    explainers: [{ method: sise }]
    metrics: [{ metric: drop-increase, keepFractions: [0.3] }]
`;

const specBodySchema = z.object({
  spec: z
    .union([z.string().max(1_048_576), z.record(z.string(), z.unknown())])
    .meta({ description: 'A spec as YAML text, or as an object; planned by the orchestrator.', examples: [exampleSpec] }),
});

export const tableMediaTypes: Readonly<Record<TableFormat, string>> = {
  json: 'application/json',
  csv: 'text/csv',
  markdown: 'text/markdown',
  latex: 'application/x-latex',
  table: 'text/plain',
};

const bytes = 'application/octet-stream';
const bytesAnswer = (description: string) => ({ description, content: { [bytes]: { schema: binarySchema } } });

/** One event, as readers of event streams get it: OpenAPI 3.1 has no word for all of them. */
const eventSchema = z.object({
  event: z.enum(['progress', 'end']),
  data: z.string().meta({ contentMediaType: 'application/json', contentSchema: answerJsonSchema(runEventDataSchema) }),
});

/** By whose scores samples are ordered and filtered, and what passes. */
const sampleFilterQuery = {
  by: wholeNumber('The evaluation whose scores order and filter; default the first one selected.').optional(),
  measure: measureName('The measure of the scores; default the headline measure of the metric.').optional(),
  class: wholeNumber('Only samples with this label.').optional(),
  predicted: wholeNumber('Only samples for which the model predicts this class.').optional(),
  right: yesOrNo('Only samples whose label the model predicts, or only those where it does not.').optional(),
  degenerate: yesOrNo('Only degenerate maps of `by`, or only maps that are not degenerate.').optional(),
  minScore: decimalNumber('Lowest score.').optional(),
  maxScore: decimalNumber('Highest score.').optional(),
  minConfidence: decimalNumber('Lowest output for the predicted class.').optional(),
  maxConfidence: decimalNumber('Highest output for the predicted class.').optional(),
  minDisagreement: decimalNumber('Lowest disagreement between methods.').optional(),
  maxDisagreement: decimalNumber('Highest disagreement between methods.').optional(),
};

/** Everything that the HTTP API does, by name. */
export const operations = {
  submitRun: {
    ...{ id: 'submitRun', method: 'POST', path: '/v1/runs', tags: ['runs'] },
    summary: 'Starts a run from a spec, or from a plan whose files were uploaded as artifacts.',
    body: z.union([specBodySchema, submissionSchema]),
    ...{ answer: runSummarySchema, statuses: [201], slow: true },
  },
  listRuns: {
    ...{ id: 'listRuns', method: 'GET', path: '/v1/runs', tags: ['runs'], summary: 'The latest runs, newest first.' },
    query: z.object({
      limit: wholeNumber('How many at most; default 20.', { min: 1, max: 1_000 }).optional(),
      search: z
        .string()
        .max(200)
        .optional()
        .meta({ description: 'Words in the id, name, state, note, tags, data sets, models or methods of a run.' }),
      tags: listOf({ description: 'Only runs with all of these tags.', item: tagSchema, most: 50 }).optional(),
      states: listOf({ description: 'Only runs in one of these states.', item: z.enum(runStates) }).optional(),
    }),
    answer: runsAnswerSchema,
  },
  showRun: {
    ...{ id: 'showRun', method: 'GET', path: '/v1/runs/:id', tags: ['runs'] },
    summary: 'One run: its spec, evaluations, progress, counters, failures.',
    ...{ params: runParamsSchema, answer: runDetailsSchema },
  },
  editRun: {
    ...{ id: 'editRun', method: 'PATCH', path: '/v1/runs/:id', tags: ['runs'] },
    summary: 'Changes name, note and tags of a run, but no results.',
    ...{ params: runParamsSchema, body: runChangesSchema, answer: runSummarySchema },
  },
  cancelRun: {
    ...{ id: 'cancelRun', method: 'POST', path: '/v1/runs/:id/cancel', tags: ['runs'] },
    summary: 'Ends a run early. Stored results are kept.',
    ...{ params: runParamsSchema, answer: runSummarySchema },
  },
  resumeRun: {
    ...{ id: 'resumeRun', method: 'POST', path: '/v1/runs/:id/resume', tags: ['runs'] },
    summary: 'Continues a run that was interrupted, cancelled or failed.',
    params: runParamsSchema,
    body: z
      .strictObject({ retryFailed: z.boolean().default(false).meta({ description: 'Try failed shards once more.' }) })
      .nullish(),
    answer: runSummarySchema,
  },
  removeRun: {
    ...{ id: 'removeRun', method: 'DELETE', path: '/v1/runs/:id', tags: ['runs'] },
    summary: 'Removes a run that is not under way. Its maps and scores stay until garbage is collected.',
    ...{ params: runParamsSchema, answer: z.null(), statuses: [204] },
  },
  events: {
    ...{ id: 'events', method: 'GET', path: '/v1/runs/:id/events', tags: ['runs'] },
    summary: 'Progress of a run as server-sent events.',
    description:
      'Events `progress` while the run is under way and `end` when it is over; the data of both is {state, progress}, ' +
      'and `waits` if nothing has moved for some seconds and the reason is known. ' +
      'A stream that ends without `end` was cut off: connect again.',
    params: runParamsSchema,
    answer: {
      description: 'Events until the run is over; the schema describes one event.',
      content: { 'text/event-stream': { schema: z.custom<unknown>().meta(answerJsonSchema(eventSchema)) } },
    },
  },
  planSpec: {
    ...{ id: 'planSpec', method: 'POST', path: '/v1/plan', tags: ['runs'] },
    summary: 'What a spec would take, or what is wrong with it; nothing is started.',
    body: z.strictObject({
      spec: z
        .string()
        .max(1_048_576)
        .meta({ description: 'A spec as YAML text.', examples: [exampleSpec] }),
      textOnly: z.boolean().exactOptional().meta({ description: 'Check the text, and open none of the files that it names.' }),
    }),
    ...{ answer: planAnswerSchema, slow: true },
  },
  storedInputs: {
    ...{ id: 'storedInputs', method: 'GET', path: '/v1/inputs', tags: ['runs'] },
    summary: 'Models and data sets of the latest runs, by the paths under which a spec can name them.',
    ...{ answer: storedInputsSchema, slow: true },
  },
  specSchema: {
    ...{ id: 'specSchema', method: 'GET', path: '/v1/spec-schema', tags: ['maintenance'] },
    summary: 'The JSON Schema of specs.',
    answer: z.record(z.string(), z.unknown()),
  },
  reuse: {
    ...{ id: 'reuse', method: 'POST', path: '/v1/reuse', tags: ['runs'] },
    summary: 'How much of a plan is stored already; nothing is started.',
    body: submissionSchema.pick({ evaluations: true, choices: true }),
    ...{ answer: reuseAnswerSchema, slow: true, onlyReads: true },
  },
  table: {
    ...{ id: 'table', method: 'GET', path: '/v1/runs/:id/table', tags: ['results'] },
    summary: 'The rates of a run, of several side by side with `with`.',
    params: runParamsSchema,
    query: selectionQuerySchema.extend({
      with: referenceListSchema.optional(),
      format: z.enum(tableFormats).default('json'),
    }),
    answer: {
      description: 'The table in the requested format.',
      content: Object.fromEntries(
        tableFormats.map((format) => [tableMediaTypes[format], { schema: format === 'json' ? tableAnswerSchema : z.string() }]),
      ),
    },
    slow: true,
  },
  evaluations: {
    ...{ id: 'evaluations', method: 'GET', path: '/v1/runs/:id/evaluations', tags: ['results'] },
    summary: 'The evaluations of a run that fit the filters.',
    ...{ params: runParamsSchema, query: selectionQuerySchema, answer: evaluationsAnswerSchema },
  },
  comparisons: {
    ...{ id: 'comparisons', method: 'GET', path: '/v1/runs/:id/comparisons', tags: ['results'] },
    summary: 'Evaluations in pairs, compared sample by sample, with tests.',
    params: runParamsSchema,
    query: selectionQuerySchema.extend({
      measure: measureName('Only this measure; default all measures that are means or shares.').optional(),
      against: againstSchema.optional(),
      with: referenceListSchema.optional(),
      across: z.enum(comparedAcross).optional().meta({
        description: 'What the two sides differ in; default `methods`, and of several runs `runs`.',
      }),
      test: z.enum(pairedTests).optional().meta({
        description:
          'How p-values are computed; default `bootstrap`. Sides with other samples: unpaired bootstrap, or Welch’s test.',
      }),
    }),
    ...{ answer: comparisonsAnswerSchema, slow: true },
  },
  ranking: {
    ...{ id: 'ranking', method: 'GET', path: '/v1/runs/:id/ranking', tags: ['results'] },
    summary: 'Methods ranked by each metric, and how well the metrics agree.',
    params: runParamsSchema,
    query: selectionQuerySchema.extend({
      with: referenceListSchema.optional(),
      measures: z.enum(rankedMeasures).optional().meta({
        description:
          '`headline`, the default: each metric’s headline measure at one setting; `all`: every measure with a direction at every setting.',
      }),
    }),
    ...{ answer: rankingsAnswerSchema, slow: true },
  },
  scores: {
    ...{ id: 'scores', method: 'GET', path: '/v1/runs/:id/scores', tags: ['results'] },
    summary: 'Scores of single samples, a page at a time.',
    params: runParamsSchema,
    query: selectionQuerySchema.extend({
      limit: wholeNumber('Scores per page; default 100.', { min: 1, max: 10_000 }).optional(),
      offset: wholeNumber('Scores to skip.').optional(),
      sort: z
        .string()
        .regex(/^-?[A-Za-z][A-Za-z0-9_]{0,63}$/, 'expected sample or a measure, with - in front for descending order')
        .optional()
        .meta({
          description: '`sample` or a measure; `-` in front: descending. Default: evaluation, setting, sample.',
          examples: ['-drop'],
        }),
      sample: wholeNumber('Only this sample.').optional(),
      start: wholeNumber('Only samples from this one on. With `end`, all scores are paged through in steady time.').optional(),
      end: wholeNumber('Only samples before this one.').optional(),
      class: wholeNumber('Only samples with this label.').optional(),
      degenerate: yesOrNo('Only degenerate maps, or only maps that are not degenerate.').optional(),
      measure: measureName('The measure of low and high.').optional(),
      low: decimalNumber('Lowest value of the measure.').optional(),
      high: decimalNumber('Highest value of the measure.').optional(),
    }),
    ...{ answer: scoresAnswerSchema, slow: true },
  },
  samples: {
    ...{ id: 'samples', method: 'GET', path: '/v1/runs/:id/samples', tags: ['results'] },
    summary: 'The samples of a run, filtered and sorted, a page at a time.',
    description:
      'The selection must leave one metric at one setting of one model and data set; a setting that is named in full is chosen ' +
      'before those that only contain it. Samples without a score of `by` are left out; one without a value of what it is ' +
      'sorted by comes last in both directions. `after` and `before` are samples: pages neither skip nor repeat any.',
    params: runParamsSchema,
    query: selectionQuerySchema.extend({
      ...sampleFilterQuery,
      sort: z.enum(sampleSorts).optional().meta({
        description:
          '`sample` (default), `score`, `confidence` or `disagreement` between methods; `-` in front: the largest first.',
      }),
      after: wholeNumber('Only what comes after this sample in the order.').optional(),
      before: wholeNumber('Only what comes before this sample in the order: the last page of it.').optional(),
      limit: wholeNumber('Samples per page; default 100.', { min: 1, max: MOST_SAMPLES }).optional(),
    }),
    ...{ answer: sampleListSchema, slow: true },
  },
  histogram: {
    ...{ id: 'histogram', method: 'GET', path: '/v1/runs/:id/histogram', tags: ['results'] },
    summary: 'A histogram of the scores, confidences or disagreements of the samples of a list.',
    description:
      'Selection and filters are those of `samples`. The bounds of the value itself do not filter, so that the histogram ' +
      'shows also what they leave out.',
    params: runParamsSchema,
    query: selectionQuerySchema.extend({
      ...sampleFilterQuery,
      of: z.enum(histogramValues).optional().meta({ description: 'Default: score.' }),
      bins: wholeNumber('How many bins of equal width; default 50.', { min: 1, max: MOST_BINS }).optional(),
    }),
    ...{ answer: sampleHistogramSchema, slow: true },
  },
  samplePairs: {
    ...{ id: 'samplePairs', method: 'GET', path: '/v1/runs/:id/sample-pairs', tags: ['results'] },
    summary: 'The scores of the same samples by two evaluations, of one run or of two.',
    description:
      'The selection must leave one metric at one setting; a setting that is named in full is chosen before those that only ' +
      'contain it. Both evaluations must be of the same data. Up to `limit` samples are told one by one, more in bins: ask for ' +
      'the samples of a bin by its bounds.',
    params: runParamsSchema,
    query: selectionQuerySchema.omit({ evaluation: true }).extend({
      by: wholeNumber('The evaluation of the first scores.'),
      with: runReferenceSchema.optional(),
      against: wholeNumber('The evaluation of the second scores, in the run that `with` names.'),
      measure: measureName('The measure of the scores; default the headline measure of the metric.').optional(),
      minFirst: decimalNumber('Lowest score of the first.').optional(),
      maxFirst: decimalNumber('Highest score of the first.').optional(),
      minSecond: decimalNumber('Lowest score of the second.').optional(),
      maxSecond: decimalNumber('Highest score of the second.').optional(),
      limit: wholeNumber('How many samples are told one by one; default 2000.', { min: 1, max: MOST_PAIRED_SAMPLES }).optional(),
      bins: wholeNumber('Bins along each side; default 40.', { min: 1, max: MOST_PAIR_BINS }).optional(),
    }),
    ...{ answer: samplePairsSchema, slow: true },
  },
  evaluation: {
    ...{ id: 'evaluation', method: 'GET', path: '/v1/runs/:id/evaluations/:ordinal', tags: ['results'] },
    summary: 'The classes and sample shape of one evaluation, and how many predictions are stored.',
    ...{ params: evaluationParamsSchema, answer: evaluationDetailsSchema },
  },
  modelQuality: {
    ...{ id: 'modelQuality', method: 'GET', path: '/v1/runs/:id/evaluations/:ordinal/model', tags: ['results'] },
    summary: 'How good the model of an evaluation is: accuracy, confusion, curves and calibration.',
    description:
      'Computed from all predictions that are stored of its model and data set, with the definitions of scikit-learn. ' +
      'Classes have curves if there are at most 50, otherwise the 50 with the lowest F1.',
    ...{ params: evaluationParamsSchema, answer: modelQualityAnswerSchema, slow: true },
  },
  predictions: {
    ...{ id: 'predictions', method: 'GET', path: '/v1/runs/:id/evaluations/:ordinal/predictions', tags: ['results'] },
    summary: 'The model’s outputs on samples start … end − 1, as far as they are stored.',
    description:
      'A .npz archive of `sample_index` (int32 [n]), `label` (int32 [n]) and `outputs` (float32 [n, classes]); where samples have ' +
      'sets of labels, `label` is −1 and `labels` (uint8 [n, classes]) has them multi-hot. If the answer does not reach the end of the range, X-Next-Start says where to continue.',
    ...{ params: evaluationParamsSchema, query: rangeSchema, answer: bytesAnswer('The predictions.') },
  },
  maps: {
    ...{ id: 'maps', method: 'GET', path: '/v1/runs/:id/evaluations/:ordinal/maps', tags: ['maps'] },
    summary: 'The maps of samples start … end − 1.',
    description:
      'A float32 array [n, ...map shape]. If n is less than end − start, X-Next-Start says where to continue. ' +
      'X-Degenerate has one digit per map, 1 for a degenerate one.',
    ...{ params: evaluationParamsSchema, query: rangeSchema, answer: bytesAnswer('The maps.') },
  },
  mapRecords: {
    ...{ id: 'mapRecords', method: 'GET', path: '/v1/runs/:id/evaluations/:ordinal/map-records', tags: ['maps'] },
    summary: 'Diagnostics stored with the maps of samples start … end − 1.',
    description: 'Flags, and the numbers that the method returned with each map. Samples without a stored map are left out.',
    ...{ params: evaluationParamsSchema, query: rangeSchema, answer: mapRecordsAnswerSchema },
  },
  sample: {
    ...{ id: 'sample', method: 'GET', path: '/v1/runs/:id/evaluations/:ordinal/samples/:index', tags: ['maps'] },
    summary: 'One sample as the model gets it; X-Label is its label.',
    description: 'Where samples have sets of labels, X-Label is −1 and X-Labels is the set: 0,3.',
    params: sampleParamsSchema,
    answer: bytesAnswer('The sample, float32.'),
  },
  region: {
    ...{ id: 'region', method: 'GET', path: '/v1/runs/:id/evaluations/:ordinal/samples/:index/region', tags: ['maps'] },
    summary: 'Where in a sample its class shows: 1 inside the region, else 0.',
    description: 'Only of data sets with regions, as `regions` of the evaluation says; otherwise REGION_NOT_FOUND.',
    params: sampleParamsSchema,
    answer: bytesAnswer('The region, float32 [...positions].'),
  },
  askModel: {
    ...{ id: 'askModel', method: 'POST', path: '/v1/runs/:id/evaluations/:ordinal/samples/:index/masked', tags: ['maps'] },
    summary: 'What the model says to a sample of which its stored map keeps only a share of positions.',
    description:
      'The server masks the sample itself and asks the model; nothing is stored. Positions are ranked by the mean of the map over ' +
      'its channels. ENGINE_ABSENT where this process executes no models, ENGINE_BUSY if there is no answer within 20 s or ' +
      'others wait, RATE_LIMITED beyond 300 questions a minute.',
    params: sampleParamsSchema,
    body: maskedQuestionSchema,
    ...{ answer: maskedOutputsSchema, onlyReads: true },
  },
  thumbnail: {
    ...{ id: 'thumbnail', method: 'GET', path: '/v1/runs/:id/evaluations/:ordinal/samples/:index/thumbnail', tags: ['maps'] },
    summary: 'A sample that is an image, or its map over it, as a small PNG.',
    description: 'It never changes under the full id of a run: it may be kept for ever. ETag depends on what is drawn.',
    params: sampleParamsSchema,
    query: z.object({ of: z.enum(['sample', 'map']).optional().meta({ description: '`sample`, the default, or `map`.' }) }),
    answer: { description: 'A picture.', content: { 'image/png': { schema: binarySchema } } },
    statuses: [200, 304],
  },
  hasArtifact: {
    ...{ id: 'hasArtifact', method: 'HEAD', path: '/v1/artifacts/:sha256', tags: ['artifacts'] },
    summary: 'Whether a file is stored: 200 or 404.',
    ...{ params: artifactParamsSchema, answer: z.null(), statuses: [200, 404] },
  },
  putArtifact: {
    ...{ id: 'putArtifact', method: 'PUT', path: '/v1/artifacts/:sha256', tags: ['artifacts'] },
    summary: 'Stores a file of at most 2 GiB under its hash.',
    params: artifactParamsSchema,
    body: { content: { [bytes]: { schema: z.unknown().meta({ type: 'string', format: 'binary' }) } } },
    ...{ answer: artifactAnswerSchema, statuses: [200, 201] },
  },
  collectGarbage: {
    ...{ id: 'collectGarbage', method: 'POST', path: '/v1/gc', tags: ['maintenance'] },
    summary: 'Removes, or only counts, maps, scores and files that no run refers to.',
    body: z.strictObject({ dryRun: z.boolean().meta({ description: 'Only count.' }) }),
    ...{ answer: garbageReportSchema, slow: true },
  },
  catalog: {
    ...{ id: 'catalog', method: 'GET', path: '/v1/catalog', tags: ['maintenance'] },
    summary: 'The methods, metrics and kinds of data sets that a spec can name.',
    answer: catalogAnswerSchema,
  },
  session: {
    ...{ id: 'session', method: 'GET', path: '/v1/session', tags: ['session'] },
    summary: 'What whoever asks may do.',
    answer: sessionAnswerSchema,
  },
  beginSession: {
    ...{ id: 'beginSession', method: 'POST', path: '/v1/session', tags: ['session'] },
    summary: 'Begins the session of a browser: a cookie, instead of the token, for the requests that follow.',
    body: z.strictObject({
      token: z.string().min(1).max(4_096).meta({ description: 'The orchestrator’s token, or its token for readers.' }),
    }),
    ...{ answer: z.null(), statuses: [204], open: true },
  },
  endSession: {
    ...{ id: 'endSession', method: 'DELETE', path: '/v1/session', tags: ['session'] },
    summary: 'Ends the session of a browser.',
    ...{ answer: z.null(), statuses: [204], open: true },
  },
  activity: {
    ...{ id: 'activity', method: 'GET', path: '/v1/activity', tags: ['maintenance'] },
    summary: 'What the workers do, what waits on the queue, and what failed lately.',
    ...{ answer: activityAnswerSchema, slow: true },
  },
  storeHealth: {
    ...{ id: 'storeHealth', method: 'GET', path: '/v1/health', tags: ['maintenance'] },
    summary: 'One round trip to the store: its version and size.',
    answer: storeHealthSchema,
  },
  healthz: {
    ...{ id: 'healthz', method: 'GET', path: '/healthz', tags: ['probes'] },
    summary: 'Whether the store and the queue are up.',
    ...{ answer: healthzAnswerSchema, statuses: [200, 503], open: true },
  },
  metrics: {
    ...{ id: 'metrics', method: 'GET', path: '/metrics', tags: ['probes'], summary: 'Numbers for Prometheus.' },
    answer: { description: 'Prometheus text.', content: { 'text/plain': { schema: z.string() } } },
  },
} as const satisfies Readonly<Record<string, Operation>>;
