import {
  canonicalJson,
  grouped,
  normalInterval,
  select,
  selectionOf,
  type Comparison,
  type ComparisonFilter,
} from '@xaigrid/contracts';
import { z } from 'zod';
import { isChosen } from '../samples/sample-choices.js';
import { Prisma, type Statements } from '../sql/prisma.js';
import { floatSchema, queryRows } from '../sql/rows.js';
import { readRunScoreSets, requireMeasures, type RunScoreSet } from './run-score-sets.js';

/** Two score sets, and the measure to compare them by. */
interface Pair {
  readonly first: RunScoreSet;
  readonly second: RunScoreSet;
  readonly measure: string;
  /** The position of the measure among those of the metric, from 1. */
  readonly position: number;
}

const differenceSchema = z.object({
  pair: z.int(),
  samples: z.int(),
  mean: floatSchema,
  variance: floatSchema.nullable(),
  higher: z.int(),
  lower: z.int(),
});

/**
 * All pairs of evaluations of a run with the same data set, model, engine, metric and setting, compared sample by sample.
 * @throws USAGE for a name that the run does not have
 */
export async function readComparisons(
  queries: Statements,
  query: ComparisonFilter & { readonly runId: string },
): Promise<Comparison[]> {
  const { runId, measure } = query;
  const all = await readRunScoreSets(queries, runId);
  requireMeasures(all, all, { runId, names: [measure] });
  const pairs = pairsOf(sidesOf(all, query)).filter((pair) => measure === undefined || pair.measure === measure);
  const column = (of: (pair: Pair) => number): number[] => pairs.map(of);
  const rows = await queryRows(
    queries,
    differenceSchema,
    // In the order of samples, because a mean of floats must not depend on the order in which Postgres finds them.
    Prisma.sql`
      SELECT p."pair"::integer AS "pair", d.*
      FROM unnest(
        ${column(({ first }) => first.scoreSetId)}::integer[], ${column(({ second }) => second.scoreSetId)}::integer[],
        ${column(({ first, second }) => Math.min(boundOf(first), boundOf(second)))}::integer[],
        ${column(({ first }) => first.choice)}::integer[], ${column(({ second }) => second.choice)}::integer[],
        ${column(({ position }) => position)}::integer[]
      ) WITH ORDINALITY AS p ("first", "second", "bound", "chosen", "chosenToo", "position", "pair")
      CROSS JOIN LATERAL (
        SELECT count(*)::integer AS "samples", avg("difference") AS "mean", var_samp("difference") AS "variance",
          (count(*) FILTER (WHERE "difference" > 0))::integer AS "higher", (count(*) FILTER (WHERE "difference" < 0))::integer AS "lower"
        FROM (
          SELECT a."measures"[p."position"] - b."measures"[p."position"] AS "difference"
          FROM "score" a JOIN "score" b ON b."score_set_id" = p."second" AND b."sample_index" = a."sample_index"
          WHERE a."score_set_id" = p."first" AND a."sample_index" < p."bound"
            AND (p."chosen" = 0 OR ${isChosen(Prisma.sql`p."chosen"`, Prisma.sql`a."sample_index"`)})
            AND (p."chosenToo" = 0 OR ${isChosen(Prisma.sql`p."chosenToo"`, Prisma.sql`a."sample_index"`)})
          ORDER BY a."sample_index"
        ) s
      ) d
      WHERE d."samples" > 0 ORDER BY p."pair"`,
  );
  return rows.flatMap(({ pair, samples, mean, variance, higher, lower }) => {
    const found = pairs[pair - 1];
    if (found === undefined) return [];
    const { dataset, model, engine, metric, scoredClass, setting: compared } = found.first;
    const interval = variance === null ? undefined : normalInterval({ mean, variance, count: samples });
    return [
      {
        ...{ dataset, model, engine, metric, scoredClass, setting: compared, measure: found.measure },
        ...{ first: found.first.label, second: found.second.label },
        ...{ samples, difference: mean, ...(interval === undefined ? {} : { interval }), higher, lower },
      },
    ];
  });
}

/** The bound of the samples if they are the first ones. A choice has no such bound, or a later one. */
function boundOf({ samples, choice }: RunScoreSet): number {
  return choice === 0 ? samples : 2 ** 31 - 1;
}

/** The settings to compare, and which of them may be the first or the second of a comparison. */
interface Sides {
  readonly sets: readonly RunScoreSet[];
  readonly first: ReadonlySet<RunScoreSet> | undefined;
  readonly second: ReadonlySet<RunScoreSet> | undefined;
}

/** `method` selects the first of a comparison and `against` the second. Other selections apply to both. */
function sidesOf(
  all: readonly RunScoreSet[],
  { runId, against, ...query }: ComparisonFilter & { readonly runId: string },
): Sides {
  const { method, ...others } = selectionOf(query);
  const sets = select(all, others, `Run ${runId}`);
  const named = (names: readonly string[] | undefined): ReadonlySet<RunScoreSet> | undefined =>
    names === undefined ? undefined : new Set(select(sets, { method: [...names] }, `Run ${runId}`));
  return { sets, first: named(method), second: named(against) };
}

/** The pairs, grouped by what they have in common. Settings are in the order of the run. */
function pairsOf({ sets, first: firsts, second: seconds }: Sides): Pair[] {
  const groups = grouped(sets, ({ dataset, model, engine, metric, scoredClass, setting }) =>
    canonicalJson({ dataset, model, engine, metric, scoredClass, setting }),
  );
  const fits = (first: RunScoreSet, second: RunScoreSet): boolean =>
    (firsts === undefined || firsts.has(first)) && (seconds === undefined || seconds.has(second));
  return [...groups.values()].flatMap((group) => {
    const pairs = group.flatMap((first, at) => group.slice(at + 1).map((second) => ({ first, second })));
    const wanted = pairs.flatMap(({ first, second }) => {
      // Evaluations with the same maps have nothing to compare.
      if (first.scoreSetId === second.scoreSetId) return [];
      if (fits(first, second)) return [{ first, second }];
      return fits(second, first) ? [{ first: second, second: first }] : [];
    });
    const { measures, aggregates } = group[0];
    return measures.flatMap((measure, index) =>
      ['mean', 'share'].includes(aggregates[index] ?? '')
        ? wanted.map((pair) => ({ ...pair, measure, position: index + 1 }))
        : [],
    );
  });
}
