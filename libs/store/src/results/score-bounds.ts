import { isChosen } from '../samples/sample-choices.js';
import { allOf } from '../sql/all-of.js';
import { Prisma } from '../sql/prisma.js';
import { elementAt, indexedMeasures } from './measure-at.js';

/** The number of values per bucket that determine its bound. */
const VALUES_A_BUCKET = 16;
/** A prime. Its multiples are spread over the samples, without a period that the data could have. */
const SCATTER = 1_299_709;

/**
 * Makes the bounds of the first `planned` samples of a set, or of the samples of a choice, for each measure with an index. The
 * buckets of a measure begin at quantiles of some of its values, without repeats. There are as many buckets as rows in each, and
 * fewer if a measure has few values. So a page that starts one bucket too early walks through no more rows than it may
 * (score-candidates.ts).
 */
export function insertBounds({
  set,
  planned,
  choice,
}: {
  readonly set: number;
  readonly planned: number;
  /** The choice of samples; 0 if they are the first ones. */
  readonly choice: number;
}): Prisma.Sql {
  const each = (part: (position: Prisma.Sql) => Prisma.Sql): Prisma.Sql =>
    Prisma.join(indexedMeasures.map((position) => part(Prisma.raw(String(position)))));
  const buckets = Math.ceil(Math.sqrt(planned));
  const parts = Array.from({ length: buckets }, (_, at) => at / buckets);
  // Finer at the ends, where values are rare and pages filter by them.
  const ends = Array.from({ length: Math.log2(VALUES_A_BUCKET) }, (_, at) => 2 ** -(at + 1) / buckets);
  const quantiles = [...parts, ...ends, ...ends.map((end) => 1 - end)].sort((a, b) => a - b);
  const scattered = Prisma.sql`(i."turn" * ${SCATTER}::bigint % ${planned})::integer`;
  return Prisma.sql`
    INSERT INTO "score_bound"
    SELECT ${set}::integer, ${planned}::integer, b."ordinal", b."bucket", b."rows", b."lowest"[1 : b."measures"], b."highest"[1 : b."measures"], ${choice}::integer
    FROM (
      SELECT array_position(ARRAY[${each((at) => Prisma.sql`"b${at}" IS NOT NULL`)}], true) - 1 AS "ordinal",
        coalesce(${each((at) => Prisma.sql`"b${at}"`)}) AS "bucket", count(*) AS "rows", max("measures") AS "measures",
        ARRAY[${each((at) => Prisma.sql`min("m${at}")`)}] AS "lowest", ARRAY[${each((at) => Prisma.sql`max("m${at}")`)}] AS "highest"
      FROM (
        SELECT cardinality(s."measures") AS "measures", ${each((at) => Prisma.sql`s."measures"[${at}] AS "m${at}"`)},
          ${each((at) => Prisma.sql`width_bucket(s."measures"[${at}], q."q${at}") AS "b${at}"`)}
        FROM "score" s CROSS JOIN (
          SELECT ${each((at) => Prisma.sql`percentile_disc(${quantiles}::double precision[]) WITHIN GROUP (ORDER BY s."measures"[${at}]) AS "q${at}"`)}
          -- Scattered: samples at equal distances may all be of one class.
          FROM generate_series(1, least(${VALUES_A_BUCKET * buckets}, ${planned})::bigint) AS i ("turn")
          ${choice === 0 ? Prisma.empty : Prisma.sql`JOIN "chosen_sample" h ON h."choice_id" = ${choice} AND h."position" = ${scattered}`}
          JOIN "score" s ON s."score_set_id" = ${set} AND s."sample_index" = ${choice === 0 ? scattered : Prisma.sql`h."sample_index"`}
        ) q
        WHERE s."score_set_id" = ${set} AND ${choice === 0 ? Prisma.sql`s."sample_index" < ${planned}` : isChosen(Prisma.sql`${choice}`, Prisma.sql`s."sample_index"`)}
        -- Hides from Postgres how many buckets there might be: it would sort the rows for each measure.
        OFFSET 0
      ) r
      GROUP BY GROUPING SETS (${each((at) => Prisma.sql`("b${at}")`)})
    ) b
    WHERE b."bucket" IS NOT NULL
    ON CONFLICT DO NOTHING`;
}

/**
 * From the bounds made when the set was aggregated: how many rows can be in the range, and where they end in the order of the
 * walk. It is for the set `g`; `rows` is NULL if there are no bounds.
 */
export function boundsOf(asked: {
  /** The positions of the measure of the range, and of the measure that orders the rows; 0 means the sample index. */
  readonly ranged: number;
  readonly by: number;
  readonly descending: boolean;
  readonly low?: number | undefined;
  readonly high?: number | undefined;
}): Prisma.Sql {
  const { ranged, by, descending, low, high } = asked;
  const [lowest, highest] = [Prisma.sql`b."lowest"`, Prisma.sql`b."highest"`];
  const end = descending ? Prisma.sql`max(${elementAt(highest, by)})` : Prisma.sql`min(${elementAt(lowest, by)})`;
  return Prisma.sql`
    SELECT sum(b."rows") AS "rows", ${by === 0 ? Prisma.sql`NULL::double precision` : end} AS "end"
    FROM "score_bound" b WHERE ${allOf([
      Prisma.sql`b."score_set_id" = g."score_set_id" AND b."planned" = g."samples" AND b."choice" = g."choice" AND b."measure_ordinal" = ${ranged - 1}`,
      low === undefined ? undefined : Prisma.sql`${elementAt(highest, ranged)} >= ${low}::double precision`,
      high === undefined ? undefined : Prisma.sql`${elementAt(lowest, ranged)} <= ${high}::double precision`,
    ])}`;
}
