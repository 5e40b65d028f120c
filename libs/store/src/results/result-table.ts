import {
  canonicalJson,
  normalInterval,
  sampleChoiceSchema,
  select,
  wilsonInterval,
  type Interval,
  type Selection,
  type TableRow,
} from '@xaigrid/contracts';
import { z } from 'zod';
import { Prisma, type Statements } from '../sql/prisma.js';
import { floatSchema, queryRows } from '../sql/rows.js';
import { readAccuracies } from './accuracies.js';
import { readSumsMissed, readUndecided } from './counted-maps.js';
import { runsInWords } from './run-score-sets.js';

const measureRowSchema = z.object({
  run_id: z.string(),
  run_name: z.string(),
  evaluation_id: z.int(),
  evaluation: z.int(),
  dataset: z.string(),
  model: z.string(),
  method: z.string(),
  label: z.string(),
  engine: z.string(),
  explained_class: z.string(),
  setting_ordinal: z.int(),
  metric: z.string(),
  scored_class: z.string(),
  setting: z.record(z.string(), z.unknown()),
  measure: z.string(),
  aggregate: z.enum(['mean', 'share', 'count', 'collapse']),
  samples: z.int(),
  planned: z.int(),
  dataset_size: z.int().nullable(),
  chosen: sampleChoiceSchema.nullable(),
  degenerate: z.int(),
  value: floatSchema.nullable(),
  variance: floatSchema.nullable(),
  ones: z.int(),
  divisor: z.int().nullable(),
});
type MeasureRow = z.infer<typeof measureRowSchema>;

/**
 * The table rows of some runs within a selection.
 * @throws USAGE if it names something that none of the runs has
 */
export async function readTable(queries: Statements, runIds: readonly string[], selection: Selection): Promise<TableRow[]> {
  const rows = await readRows(queries, runIds);
  return select(rows, selection, runsInWords(runIds));
}

/** One table row per evaluation and setting, from the view's one row per measure. */
async function readRows(queries: Statements, runIds: readonly string[]): Promise<TableRow[]> {
  const rows = await queryRows(
    queries,
    measureRowSchema,
    Prisma.sql`
      SELECT t."run_id", t."run_name", t."evaluation_id", t."evaluation", t."dataset", t."model", t."method", t."label", t."engine", t."explained_class",
        t."setting_ordinal", t."metric", t."scored_class", t."setting", t."measure", t."aggregate", t."samples", t."planned",
        o."dataset_size", o."chosen", t."degenerate", t."value", t."variance", t."ones", t."divisor"
      FROM "table_row" t JOIN "evaluation_overview" o ON o."evaluation_id" = t."evaluation_id"
      WHERE t."run_id" = ANY (${[...runIds]}::text[])
      ORDER BY array_position(${[...runIds]}::text[], t."run_id"), t."evaluation", t."setting_ordinal", t."measure_ordinal"`,
  );
  const missed = await readSumsMissed(queries, runIds);
  const undecided = await readUndecided(queries, runIds);
  const accuracies = await readAccuracies(queries, runIds);
  const row = (first: MeasureRow, measures: readonly MeasureRow[]): TableRow => {
    const sumMissed = missed.get(first.evaluation_id);
    const hanging = undecided.get(first.evaluation_id);
    const accuracy = accuracies.get(first.evaluation_id);
    return {
      ...tableRow(first, measures),
      ...(sumMissed === undefined ? {} : { sumMissed }),
      ...(hanging === undefined ? {} : { undecided: hanging }),
      ...(accuracy === undefined ? {} : { accuracy }),
    };
  };
  const table: TableRow[] = [];
  let group: MeasureRow[] = [];
  for (const measure of rows) {
    const [first] = group;
    if (
      first !== undefined &&
      (first.evaluation_id !== measure.evaluation_id || first.setting_ordinal !== measure.setting_ordinal)
    ) {
      table.push(row(first, group));
      group = [];
    }
    group.push(measure);
  }
  const [first] = group;
  return withoutRepeats(first === undefined ? table : [...table, row(first, group)]);
}

/** Rows without repeats: a client of another version may have planned a setting twice. */
function withoutRepeats(rows: readonly TableRow[]): TableRow[] {
  const seen = new Set<string>();
  return rows.filter(({ runId, evaluation, metric, scoredClass, setting, divisor = 0 }) => {
    const key = canonicalJson([runId, evaluation, metric, scoredClass, setting, divisor]);
    const isNew = !seen.has(key);
    seen.add(key);
    return isNew;
  });
}

function tableRow(row: MeasureRow, group: readonly MeasureRow[]): TableRow {
  const divisor = group.find((measure) => measure.divisor !== null)?.divisor ?? undefined;
  return {
    runId: row.run_id,
    runName: row.run_name,
    evaluation: row.evaluation,
    dataset: row.dataset,
    model: row.model,
    method: row.method,
    label: row.label,
    engine: row.engine,
    explainedClass: row.explained_class,
    metric: row.metric,
    scoredClass: row.scored_class,
    setting: row.setting,
    ...(divisor === undefined ? {} : { divisor }),
    samples: row.samples,
    planned: row.planned,
    ...(row.dataset_size === null ? {} : { datasetSize: row.dataset_size }),
    ...(row.chosen === null ? {} : { chosen: row.chosen }),
    degenerate: row.degenerate,
    // Without samples there is nothing to aggregate.
    measures: row.samples === 0 ? {} : Object.fromEntries(group.map((measure) => [measure.measure, summary(measure)])),
  };
}

function summary(row: MeasureRow): TableRow['measures'][string] {
  const interval = intervalOf(row);
  return { value: row.value ?? NaN, ...(interval === undefined ? {} : { interval }) };
}

/**
 * The interval of a measure. The view has divided means and their variances already. The interval of a share is that of the share
 * among the samples, divided like the share itself.
 */
function intervalOf({ aggregate, value, variance, ones, samples, divisor }: MeasureRow): Interval | undefined {
  switch (aggregate) {
    case 'mean':
      return value === null || variance === null ? undefined : normalInterval({ mean: value, variance, count: samples });
    case 'share':
      return scaled(wilsonInterval({ ones, count: samples }), samples / (divisor ?? samples));
    case 'count':
    case 'collapse':
      return undefined;
  }
}

function scaled(interval: Interval | undefined, factor: number): Interval | undefined {
  return interval === undefined ? undefined : { low: interval.low * factor, high: interval.high * factor };
}
