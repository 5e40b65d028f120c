import { ROUNDING } from '@xaigrid/contracts';
import { z } from 'zod';
import { isChosen } from '../samples/sample-choices.js';
import { Prisma, type Statements } from '../sql/prisma.js';
import { floatSchema, queryRows } from '../sql/rows.js';
import type { Pair } from './comparison-pairs.js';
import type { RunScoreSet } from './run-score-sets.js';
import type { ScoreColumn } from './score-stream.js';

const differenceSchema = z.object({
  pair: z.int(),
  samples: z.int(),
  mean: floatSchema.nullable(),
  variance: floatSchema.nullable(),
  higher: z.int(),
  lower: z.int(),
});
export type Differences = z.infer<typeof differenceSchema>;

const signedRanksSchema = z.object({
  pair: z.int(),
  zeros: z.int(),
  count: z.int(),
  rankSum: floatSchema,
  sizes: z.array(z.int()),
  ties: floatSchema,
});

const momentsSchema = z.object({ side: z.int(), count: z.int(), mean: floatSchema.nullable(), variance: floatSchema.nullable() });
export type SideMoments = z.infer<typeof momentsSchema>;

/**
 * What is said of the differences of each pair, sample by sample; in the order of the pairs, also of those without a common
 * sample.
 */
export function readDifferences(queries: Statements, pairs: readonly Pair[]): Promise<Differences[]> {
  return queryRows(
    queries,
    differenceSchema,
    // In the order of samples: a mean of floats must not depend on how Postgres finds them.
    Prisma.sql`
      SELECT p."pair"::integer AS "pair", d.*
      FROM ${pairTable(pairs)}
      CROSS JOIN LATERAL (
        SELECT count(*)::integer AS "samples", avg("difference") AS "mean", var_samp("difference") AS "variance",
          (count(*) FILTER (WHERE "difference" > 0))::integer AS "higher", (count(*) FILTER (WHERE "difference" < 0))::integer AS "lower"
        FROM (${differencesOfPair} ORDER BY v."sample_index") s
      ) d
      ORDER BY p."pair"`,
  );
}

/** Sizes that are told one by one: as many as an exact test takes. */
const MOST_SIZES = 50;

/** What the signed-rank test needs of each pair, ranked where the scores are. */
export function readSignedRanks(queries: Statements, pairs: readonly Pair[]): Promise<z.infer<typeof signedRanksSchema>[]> {
  return queryRows(
    queries,
    signedRanksSchema,
    Prisma.sql`
      SELECT p."pair"::integer AS "pair", d.*
      FROM ${pairTable(pairs)}
      CROSS JOIN LATERAL (
        SELECT coalesce(sum("equal") FILTER (WHERE "size" = 0), 0)::integer AS "zeros",
          coalesce(sum("equal") FILTER (WHERE "size" > 0), 0)::integer AS "count",
          coalesce(sum("above" * ("to" - ("equal" - 1) / 2.0)), 0)::double precision AS "rankSum",
          coalesce((array_agg("equal"::integer ORDER BY "size") FILTER (WHERE "size" > 0 AND "to" <= ${MOST_SIZES})), '{}') AS "sizes",
          coalesce(sum("equal"::double precision ^ 3 - "equal") FILTER (WHERE "size" > 0), 0) AS "ties"
        FROM (
          SELECT "size", "equal", "above", sum("equal") FILTER (WHERE "size" > 0) OVER (ORDER BY "size") AS "to"
          FROM (
            SELECT abs("difference") AS "size", count(*) AS "equal", count(*) FILTER (WHERE "difference" > 0) AS "above"
            FROM (${differencesOfPair}) s WHERE "difference" <> 'NaN' GROUP BY 1
          ) g
        ) r
      ) d
      ORDER BY p."pair"`,
  );
}

/** Mean and variance of a measure over all samples of each side, by itself. */
export function readMoments(queries: Statements, sides: readonly ScoreColumn[]): Promise<SideMoments[]> {
  const column = (of: (side: ScoreColumn) => number): number[] => sides.map(of);
  return queryRows(
    queries,
    momentsSchema,
    Prisma.sql`
      SELECT p."side"::integer AS "side", d.*
      FROM unnest(
        ${column(({ set }) => set.scoreSetId)}::integer[], ${column(({ set }) => boundOf(set))}::integer[],
        ${column(({ set }) => set.choice)}::integer[], ${column(({ position }) => position)}::integer[]
      ) WITH ORDINALITY AS p ("set", "bound", "chosen", "position", "side")
      CROSS JOIN LATERAL (
        SELECT count(*)::integer AS "count", avg("value") AS "mean", var_samp("value") AS "variance"
        FROM (
          SELECT a."measures"[p."position"] AS "value" FROM "score" a
          WHERE a."score_set_id" = p."set" AND a."sample_index" < p."bound"
            AND (p."chosen" = 0 OR ${isChosen(Prisma.sql`p."chosen"`, Prisma.sql`a."sample_index"`)})
          ORDER BY a."sample_index"
        ) s
      ) d
      ORDER BY p."side"`,
  );
}

/** The pairs as rows `p` of a statement. */
function pairTable(pairs: readonly Pair[]): Prisma.Sql {
  const column = (of: (pair: Pair) => number): number[] => pairs.map(of);
  return Prisma.sql`unnest(
      ${column(({ first }) => first.scoreSetId)}::integer[], ${column(({ second }) => second.scoreSetId)}::integer[],
      ${column(({ first, second }) => Math.min(boundOf(first), boundOf(second)))}::integer[],
      ${column(({ first }) => first.choice)}::integer[], ${column(({ second }) => second.choice)}::integer[],
      ${column(({ position }) => position)}::integer[], ${column(({ scale }) => scale)}::double precision[]
    ) WITH ORDINALITY AS p ("first", "second", "bound", "chosen", "chosenToo", "position", "scale", "pair")`;
}

/** The differences of the pair `p`, one a row: 0 where they are rounding alone, as `differenceOf` says. */
const differencesOfPair = Prisma.sql`
  SELECT CASE WHEN abs(v."one" - v."other") <= ${ROUNDING}::double precision * greatest(p."scale", abs(v."one"), abs(v."other"))
    -- Infinity less a number, and NaN, which is above it here, are no rounding.
    AND abs(v."one" - v."other") < 'Infinity' THEN 0 ELSE v."one" - v."other" END AS "difference", v."sample_index"
  FROM (
    SELECT a."measures"[p."position"] AS "one", b."measures"[p."position"] AS "other", a."sample_index"
    FROM "score" a JOIN "score" b ON b."score_set_id" = p."second" AND b."sample_index" = a."sample_index"
    WHERE a."score_set_id" = p."first" AND a."sample_index" < p."bound"
      AND (p."chosen" = 0 OR ${isChosen(Prisma.sql`p."chosen"`, Prisma.sql`a."sample_index"`)})
      AND (p."chosenToo" = 0 OR ${isChosen(Prisma.sql`p."chosenToo"`, Prisma.sql`a."sample_index"`)})
  ) v`;

/** Where the first samples end; a choice has no such end, or a later one. */
function boundOf({ samples, choice }: RunScoreSet): number {
  return choice === 0 ? samples : 2 ** 31 - 1;
}
