import { codesOf, type Failure, type RunEvaluation, type ScoreRow, type TableRow } from '@xaigrid/contracts';
import { settingColumns } from './setting-columns.js';
import type { TidyTable } from './tidy-table.js';

/** One measure of one sample's score. */
export interface TidyScore {
  readonly runId: string;
  readonly score: ScoreRow;
  readonly measure: string;
  readonly value: number;
}

/** The scores: one row per evaluation, setting, sample and measure. Names are those of the HTTP API. */
export const scoreTable: TidyTable<TidyScore> = {
  name: 'scores',
  columns: [
    { name: 'runId', type: 'text', of: ({ runId }) => runId },
    { name: 'evaluation', type: 'integer', of: ({ score }) => score.evaluation },
    { name: 'dataset', type: 'text', of: ({ score }) => score.dataset },
    { name: 'model', type: 'text', of: ({ score }) => score.model },
    { name: 'method', type: 'text', of: ({ score }) => score.method },
    { name: 'label', type: 'text', of: ({ score }) => score.label },
    { name: 'metric', type: 'text', of: ({ score }) => score.metric },
    { name: 'scoredClass', type: 'text', of: ({ score }) => score.scoredClass },
    ...settingColumns<TidyScore>(({ score }) => score.setting),
    { name: 'sampleIndex', type: 'integer', of: ({ score }) => score.sampleIndex },
    { name: 'trueClass', type: 'integer', of: ({ score }) => (score.trueClasses === undefined ? score.trueClass : undefined) },
    { name: 'trueClasses', type: 'integers', of: ({ score }) => score.trueClasses },
    { name: 'predictedClass', type: 'integer', of: ({ score }) => score.predictedClass },
    { name: 'degenerate', type: 'truth', of: ({ score }) => score.degenerate },
    { name: 'sumMissed', type: 'number', of: ({ score }) => score.sumMissed },
    { name: 'measure', type: 'text', of: ({ measure }) => measure },
    { name: 'value', type: 'number', of: ({ value }) => value },
  ],
};

/** The stored prediction of one sample. */
export interface TidyPrediction {
  readonly runId: string;
  readonly evaluation: Pick<RunEvaluation, 'dataset' | 'model' | 'engine'>;
  /** Names of the classes, in order; empty if there are none. */
  readonly classNames: readonly string[];
  readonly sampleIndex: number;
  readonly trueClass: number;
  readonly trueClasses: readonly number[] | undefined;
  readonly predictedClass: number;
  /** One per class. */
  readonly outputs: readonly number[];
}

/** The predictions: one row per data set, model, engine and sample. */
export const predictionTable: TidyTable<TidyPrediction> = {
  name: 'predictions',
  columns: [
    { name: 'runId', type: 'text', of: ({ runId }) => runId },
    { name: 'dataset', type: 'text', of: ({ evaluation }) => evaluation.dataset },
    { name: 'model', type: 'text', of: ({ evaluation }) => evaluation.model },
    { name: 'engine', type: 'text', of: ({ evaluation }) => evaluation.engine },
    { name: 'sampleIndex', type: 'integer', of: ({ sampleIndex }) => sampleIndex },
    {
      name: 'trueClass',
      type: 'integer',
      of: ({ trueClass, trueClasses }) => (trueClasses === undefined ? trueClass : undefined),
    },
    {
      name: 'trueClassName',
      type: 'text',
      of: ({ classNames, trueClass, trueClasses }) => (trueClasses === undefined ? classNames[trueClass] : undefined),
    },
    { name: 'trueClasses', type: 'integers', of: ({ trueClasses }) => trueClasses },
    { name: 'predictedClass', type: 'integer', of: ({ predictedClass }) => predictedClass },
    { name: 'predictedClassName', type: 'text', of: ({ classNames, predictedClass }) => classNames[predictedClass] },
    { name: 'outputs', type: 'floats', of: ({ outputs }) => outputs },
  ],
};

/** One measure of one row of results. */
export interface TidyResult {
  readonly row: TableRow;
  readonly measure: string;
}

/** The table of results: one row per evaluation, setting and measure. */
export const resultTable: TidyTable<TidyResult> = {
  name: 'table',
  columns: [
    { name: 'runId', type: 'text', of: ({ row }) => row.runId },
    { name: 'runName', type: 'text', of: ({ row }) => row.runName },
    { name: 'evaluation', type: 'integer', of: ({ row }) => row.evaluation },
    { name: 'dataset', type: 'text', of: ({ row }) => row.dataset },
    { name: 'model', type: 'text', of: ({ row }) => row.model },
    { name: 'method', type: 'text', of: ({ row }) => row.method },
    { name: 'label', type: 'text', of: ({ row }) => row.label },
    { name: 'engine', type: 'text', of: ({ row }) => row.engine },
    { name: 'explainedClass', type: 'text', of: ({ row }) => row.explainedClass },
    { name: 'metric', type: 'text', of: ({ row }) => row.metric },
    { name: 'scoredClass', type: 'text', of: ({ row }) => row.scoredClass },
    ...settingColumns<TidyResult>(({ row }) => row.setting),
    { name: 'divisor', type: 'integer', of: ({ row }) => row.divisor },
    { name: 'samples', type: 'integer', of: ({ row }) => row.samples },
    { name: 'planned', type: 'integer', of: ({ row }) => row.planned },
    { name: 'degenerate', type: 'integer', of: ({ row }) => row.degenerate },
    { name: 'sumMissed', type: 'integer', of: ({ row }) => row.sumMissed?.samples ?? 0 },
    { name: 'sumMissedLargest', type: 'number', of: ({ row }) => row.sumMissed?.largest },
    { name: 'undecided', type: 'integer', of: ({ row }) => row.undecided ?? 0 },
    { name: 'against', type: 'text', of: ({ row }) => codesOf(row.against ?? []).join(' ') },
    { name: 'measure', type: 'text', of: ({ measure }) => measure },
    { name: 'value', type: 'number', of: ({ row, measure }) => row.measures[measure]?.value },
    { name: 'low', type: 'number', of: ({ row, measure }) => row.measures[measure]?.interval?.low },
    { name: 'high', type: 'number', of: ({ row, measure }) => row.measures[measure]?.interval?.high },
  ],
};

/** A shard that failed, and its evaluation. */
export interface TidyFailure {
  readonly runId: string;
  readonly failure: Failure;
  readonly evaluation: Pick<RunEvaluation, 'dataset' | 'model' | 'method' | 'label'> | undefined;
}

/** The failures: one row per shard that failed. */
export const failureTable: TidyTable<TidyFailure> = {
  name: 'failures',
  columns: [
    { name: 'runId', type: 'text', of: ({ runId }) => runId },
    { name: 'evaluation', type: 'integer', of: ({ failure }) => failure.evaluation },
    { name: 'dataset', type: 'text', of: ({ evaluation }) => evaluation?.dataset },
    { name: 'model', type: 'text', of: ({ evaluation }) => evaluation?.model },
    { name: 'method', type: 'text', of: ({ evaluation }) => evaluation?.method },
    { name: 'label', type: 'text', of: ({ evaluation }) => evaluation?.label },
    { name: 'shardId', type: 'integer', of: ({ failure }) => failure.shardId },
    { name: 'start', type: 'integer', of: ({ failure }) => failure.start },
    { name: 'end', type: 'integer', of: ({ failure }) => failure.end },
    { name: 'samples', type: 'integer', of: ({ failure }) => failure.samples },
    { name: 'stage', type: 'text', of: ({ failure }) => failure.stage },
    { name: 'attempts', type: 'integer', of: ({ failure }) => failure.attempts },
    { name: 'code', type: 'text', of: ({ failure }) => failure.code },
    { name: 'message', type: 'text', of: ({ failure }) => failure.message },
  ],
};
