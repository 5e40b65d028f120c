import { isChosen } from '../samples/sample-choices.js';
import { allOf } from '../sql/all-of.js';
import { Prisma } from '../sql/prisma.js';
import type { ScoreFilter } from '../store.js';
import { measureAt } from './measure-at.js';
import type { RunScoreSet } from './run-score-sets.js';
import { boundsOf } from './score-bounds.js';

export interface CandidateQuery {
  readonly filter: ScoreFilter;
  /** The order of the rows of a set: by sample index, or by a measure that every set must have. */
  readonly by: 'sample' | { readonly measure: string };
  readonly descending: boolean;
  /** Only rows whose `by` has this value, ordered by sample. */
  readonly equal?: number;
  /** The number of rows per set. */
  readonly limit: number;
}

/**
 * The first rows of each set that pass the filter: `("set", "sample_index", "value")`. `set` is the position in `sets`, and
 * `value` is what rows are ordered by. Each part walks an index of one set and stops early, so its cost depends on the rows that
 * it returns and not on the size of the sets. Undefined if no set can have such rows.
 */
export function candidates(sets: readonly RunScoreSet[], query: CandidateQuery): Prisma.Sql | undefined {
  const groups = new Map<string, { readonly positions: Positions; readonly members: Member[] }>();
  for (const [index, set] of sets.entries()) {
    const positions = positionsIn(set, query);
    if (positions === undefined) continue;
    const key = `${positions.by} ${positions.range} ${String(positions.labelSets)} ${String(positions.chosen)}`;
    const group = groups.get(key) ?? { positions, members: [] };
    group.members.push({ index, ...set });
    groups.set(key, group);
  }
  const parts = [...groups.values()].map(({ positions, members }) => groupCandidates(members, positions, query));
  return parts.length === 0 ? undefined : Prisma.join(parts, ' UNION ALL ');
}

/** The position of a measure in the set's rows, from 1 as in Postgres. 0 means the sample index, or nothing. */
interface Positions {
  readonly by: number;
  readonly range: number;
  /** Whether samples have sets of labels. A class is then looked up in the sets, without an index. */
  readonly labelSets: boolean;
  /** Whether the samples are a choice and not the first ones. */
  readonly chosen: boolean;
}

type Member = RunScoreSet & { readonly index: number };

function positionsIn(
  { measures, labelSets, choice }: RunScoreSet,
  { filter: { range }, by }: CandidateQuery,
): Positions | undefined {
  const position = (measure: string): number => measures.indexOf(measure) + 1;
  const ordered = by === 'sample' ? 0 : position(by.measure);
  const chosen = choice !== 0;
  if (range === undefined || (range.low === undefined && range.high === undefined))
    return { by: ordered, range: 0, labelSets, chosen };
  const ranged = position(range.measure);
  return ranged === 0 ? undefined : { by: ordered, range: ranged, labelSets, chosen };
}

function groupCandidates(members: readonly Member[], positions: Positions, query: CandidateQuery): Prisma.Sql {
  const column = (of: (member: Member) => number): number[] => members.map(of);
  const samples = column((member) => member.samples);
  return Prisma.sql`(
    SELECT g."set", c."sample_index", c."value"::double precision AS "value"
    FROM unnest(
      ${column((member) => member.index)}::integer[], ${column((member) => member.scoreSetId)}::integer[],
      ${column((member) => member.predictionSetId)}::integer[], ${samples}::integer[], ${column((member) => member.choice)}::integer[]
    ) AS g ("set", "score_set_id", "prediction_set_id", "samples", "choice")
    CROSS JOIN LATERAL (${setCandidates(positions, Math.max(...samples), query)}) c
  )`;
}

/**
 * The rows of one set `g`. There are two ways. If the filter passes many rows, walk in the wanted order. If it passes few, read
 * those through the filter's own index and sort them. If filter and order are independent, a walk finds the wanted rows after
 * (wanted rows × rows of the set / passing rows). So the two ways cost the same if sqrt(wanted rows × rows of the set) rows pass.
 * The bounds tell how many pass if the set is aggregated; otherwise rows are counted up to that number. If filter and order
 * depend on each other, all passing rows may be at the far end of the order. So the walk starts where bounds say that such rows
 * can be. A walk that has seen as many rows as pass, without finding the wanted ones, is abandoned for the other way.
 */
function setCandidates(positions: Positions, samples: number, query: CandidateQuery): Prisma.Sql {
  const { limit } = query;
  const { value, order, base, narrowBase, passes, from } = partsOf(positions, query);
  const columns = Prisma.sql`s."sample_index", ${value} AS "value"`;
  const narrow = narrowIndex(positions, query);
  if (narrow === undefined) {
    return Prisma.sql`SELECT ${columns} FROM ${from} WHERE ${base} AND ${passes} ORDER BY ${order} LIMIT ${limit}`;
  }
  const patience = Math.ceil(Math.sqrt(limit * samples));
  const again = query.equal === undefined ? Prisma.sql`"value" ${direction(query)}` : Prisma.sql`"sample_index"`;
  return Prisma.sql`
    SELECT r.* FROM (${bounds(positions, query)}) b
    CROSS JOIN LATERAL (
      SELECT coalesce(b."rows", (SELECT count(*) FROM (${narrow.rows} ORDER BY ${narrow.order} LIMIT ${patience}) p)) AS "passing" OFFSET 0
    ) c
    CROSS JOIN LATERAL (SELECT c."passing" < ${patience} AS "few", greatest(c."passing", ${patience}) AS "budget" OFFSET 0) n
    CROSS JOIN LATERAL (
      (SELECT f.* FROM (
        SELECT ${columns} FROM ${from} WHERE n."few" AND ${narrowBase} AND ${passes} ORDER BY ${narrow.order} LIMIT ${patience}
      ) f ORDER BY f.${again} LIMIT ${limit})
      UNION ALL
      (WITH "walk" AS MATERIALIZED (
        SELECT w."sample_index", w."value" FROM (
          SELECT ${columns}, ${passes} AS "passes" FROM ${from}
          WHERE NOT n."few" AND ${base} AND ${withinBound(positions, query)} ORDER BY ${order} LIMIT n."budget"
        ) w WHERE w."passes" ORDER BY w.${again} LIMIT ${limit}
      ), "met" AS MATERIALIZED (SELECT count(*) >= ${limit} AS "enough" FROM "walk")
      SELECT "walk".* FROM "walk", "met" WHERE "enough"
      UNION ALL
      (SELECT o.* FROM "met" CROSS JOIN LATERAL (
        SELECT ${columns} FROM ${from} WHERE NOT n."few" AND NOT "enough" AND ${narrowBase} AND ${passes} OFFSET 0
      ) o ORDER BY o.${again} LIMIT ${limit}))
    ) r`;
}

function bounds({ by, range }: Positions, { filter, descending }: CandidateQuery): Prisma.Sql {
  if (range === 0) return Prisma.sql`SELECT NULL::bigint AS "rows", NULL::double precision AS "end"`;
  return boundsOf({ by, descending, ranged: range, ...filter.range });
}

/** The bound of the walk. In Postgres, NaN is the largest number. */
function withinBound({ by, range }: Positions, { descending, equal }: CandidateQuery): Prisma.Sql {
  if (by === 0 || range === 0 || equal !== undefined) return Prisma.sql`true`;
  return descending
    ? Prisma.sql`${measureAt(by)} <= coalesce(b."end", 'NaN'::double precision)`
    : Prisma.sql`${measureAt(by)} >= coalesce(b."end", '-Infinity'::double precision)`;
}

interface QueryParts {
  readonly value: Prisma.Sql;
  readonly order: Prisma.Sql;
  readonly from: Prisma.Sql;
  /** The rows of the index of `order` that can qualify. */
  readonly base: Prisma.Sql;
  /** Like `base`, for the filter's own index. */
  readonly narrowBase: Prisma.Sql;
  readonly passes: Prisma.Sql;
}

function partsOf(positions: Positions, query: CandidateQuery): QueryParts {
  const { filter, equal } = query;
  const sample = Prisma.sql`s."sample_index"`;
  const value = positions.by === 0 ? sample : measureAt(positions.by);
  const type = positions.by === 0 ? Prisma.sql`integer` : Prisma.sql`double precision`;
  // The set of predictions may have more samples. A walk from the end would pass over those.
  const prediction = Prisma.sql`JOIN "prediction" p ON p."prediction_set_id" = g."prediction_set_id"
    AND p."sample_index" = s."sample_index" AND ${taken(positions, Prisma.sql`p."sample_index"`)}`;
  const { inSet, inSetUnbounded } = membersOf(positions);
  const base = (set: Prisma.Sql): Prisma.Sql =>
    allOf([
      set,
      filter.degenerate === true ? degenerateBy(positions.by) : undefined,
      filter.sample === undefined ? undefined : Prisma.sql`${sample} = ${filter.sample}`,
      filter.start === undefined ? undefined : Prisma.sql`${sample} >= ${filter.start}`,
      filter.end === undefined ? undefined : Prisma.sql`${sample} < ${filter.end}`,
      // As text, because a number would not arrive as NaN or infinity.
      equal === undefined ? undefined : Prisma.sql`${value} = ${String(equal)}::${type}`,
    ]);
  return {
    value,
    // A set has one row of a single sample, which the index of samples gives.
    order: equal === undefined && filter.sample === undefined ? Prisma.sql`${value} ${direction(query)}` : sample,
    from: filter.class === undefined ? Prisma.sql`"score" s` : Prisma.sql`"score" s ${prediction}`,
    base: base(positions.by === 0 || equal !== undefined || filter.sample !== undefined ? inSet : inSetUnbounded),
    narrowBase: base(positions.range === 0 ? inSet : inSetUnbounded),
    passes: allOf([
      filter.class === undefined ? undefined : isOfClass(positions, filter.class),
      filter.degenerate === false ? Prisma.sql`NOT s."degenerate"` : undefined,
      positions.range === 0 ? undefined : inRange(positions.range, filter),
    ]),
  };
}

function isOfClass({ labelSets }: Positions, index: number): Prisma.Sql {
  return labelSets ? Prisma.sql`p."true_classes" @> ARRAY[${index}::integer]` : Prisma.sql`p."true_class" = ${index}`;
}

/**
 * The condition for degenerate maps. They are rare and have an index for every order, which Postgres uses only if the query names
 * its condition: see the migration.
 */
function degenerateBy(position: number): Prisma.Sql {
  const condition = position === 0 ? Prisma.sql`s."sample_index" >= 0` : Prisma.sql`${measureAt(position)} IS NOT NULL`;
  return Prisma.sql`s."degenerate" AND ${condition}`;
}

/** Whether a sample is one of those wanted from set `g`. */
function taken({ chosen }: Positions, sample: Prisma.Sql): Prisma.Sql {
  return chosen ? isChosen(Prisma.sql`g."choice"`, sample) : Prisma.sql`${sample} < g."samples"`;
}

/**
 * The rows of set `g`. `inSetUnbounded` is for walks in the order of a measure, without a bound on the sample: with one, Postgres
 * 18 would consider skipping by it, and sort the set instead.
 */
function membersOf(positions: Positions): { readonly inSet: Prisma.Sql; readonly inSetUnbounded: Prisma.Sql } {
  const rowsWith = (sample: Prisma.Sql): Prisma.Sql =>
    Prisma.sql`s."score_set_id" = g."score_set_id" AND ${taken(positions, sample)}`;
  const sample = Prisma.sql`s."sample_index"`;
  return { inSet: rowsWith(sample), inSetUnbounded: rowsWith(positions.chosen ? sample : Prisma.sql`${sample} + 0`) };
}

function direction({ descending }: CandidateQuery): Prisma.Sql {
  return descending ? Prisma.sql`DESC` : Prisma.sql`ASC`;
}

/**
 * The index in which the filter finds its rows, in its order. Undefined if the walk uses that index anyway, or if there is none.
 */
function narrowIndex(
  positions: Positions,
  { filter }: CandidateQuery,
): { readonly rows: Prisma.Sql; readonly order: Prisma.Sql } | undefined {
  const { by, range, labelSets } = positions;
  if (filter.sample !== undefined) return undefined;
  if (range !== 0) {
    if (range === by) return undefined;
    const degenerate = filter.degenerate === true ? Prisma.sql`AND s."degenerate"` : Prisma.empty;
    const rows = Prisma.sql`SELECT FROM "score" s WHERE ${membersOf(positions).inSetUnbounded} ${degenerate} AND ${inRange(range, filter)}`;
    return { rows, order: measureAt(range) };
  }
  if (filter.class === undefined || labelSets || by === 0 || filter.degenerate === true) return undefined;
  const rows = Prisma.sql`SELECT FROM "prediction" p
    WHERE p."prediction_set_id" = g."prediction_set_id" AND p."true_class" = ${filter.class} AND ${taken(positions, Prisma.sql`p."sample_index"`)}`;
  return { rows, order: Prisma.sql`p."sample_index"` };
}

function inRange(position: number, { range }: ScoreFilter): Prisma.Sql {
  return allOf([
    range?.low === undefined ? undefined : Prisma.sql`${measureAt(position)} >= ${range.low}::double precision`,
    range?.high === undefined ? undefined : Prisma.sql`${measureAt(position)} <= ${range.high}::double precision`,
  ]);
}
