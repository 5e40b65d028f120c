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

/** Two score sets and the measure they are compared by. */
interface Pair {
  readonly first: RunScoreSet;
  readonly second: RunScoreSet;
  readonly measure: string;
  /** Of the measure among those of the metric, from 1. */
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
 * Every two evaluations of a run that have data set, model, engine, metric and setting in common, compared sample by sample.
 * @throws USAGE when something is named that the run does not have
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
    // In the order of samples: a mean of floats must not depend on how Postgres finds them.
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

/** Where the first samples end; a choice has no such end, or a later one. */
function boundOf({ samples, choice }: RunScoreSet): number {
  return choice === 0 ? samples : 2 ** 31 - 1;
}

/** The settings to be compared, and which of them may stand on either side of a comparison. */
interface Sides {
  readonly sets: readonly RunScoreSet[];
  readonly first: ReadonlySet<RunScoreSet> | undefined;
  readonly second: ReadonlySet<RunScoreSet> | undefined;
}

/** `method` says what comes first and `against` what comes second; what else is chosen, both must have. */
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

/** Those with one thing in common stand together, the settings in the order in which the run has them. */
function pairsOf({ sets, first: firsts, second: seconds }: Sides): Pair[] {
  const groups = grouped(sets, ({ dataset, model, engine, metric, scoredClass, setting }) =>
    canonicalJson({ dataset, model, engine, metric, scoredClass, setting }),
  );
  const fits = (first: RunScoreSet, second: RunScoreSet): boolean =>
    (firsts === undefined || firsts.has(first)) && (seconds === undefined || seconds.has(second));
  return [...groups.values()].flatMap((group) => {
    const pairs = group.flatMap((first, at) => group.slice(at + 1).map((second) => ({ first, second })));
    const wanted = pairs.flatMap(({ first, second }) => {
      // Evaluations with the same maps: there is nothing to compare.
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
