import { isChosen } from '../samples/sample-choices.js';
import { allOf } from '../sql/all-of.js';
import { Prisma } from '../sql/prisma.js';
import type { ScoreFilter } from '../store.js';
import { measureAt } from './measure-at.js';
import type { RunScoreSet } from './run-score-sets.js';
import { boundsOf } from './score-bounds.js';

export interface CandidateQuery {
  readonly filter: ScoreFilter;
  /** What the rows of a set are ordered by: the sample index, or a measure that every set must have. */
  readonly by: 'sample' | { readonly measure: string };
  readonly descending: boolean;
  /** Only the rows where `by` has this value, ordered by sample. */
  readonly equal?: number;
  /** Rows of each set. */
  readonly limit: number;
}

/**
 * The first rows of each set that pass the filter: `("set", "sample_index", "value")`, with `set` the position in `sets`, and `value`
 * what is ordered by. Every part of it walks an index of one set and stops early, so that it costs what it gives, whatever the size of
 * the sets. Undefined when no set can have such rows.
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

/** Where a measure stands in the set's rows, from 1 as Postgres counts. 0: the sample index is meant, or nothing. */
interface Positions {
  readonly by: number;
  readonly range: number;
  /** Whether samples have sets of labels: a class is then looked for in them, without an index. */
  readonly labelSets: boolean;
  /** Whether they have a choice of samples, in place of the first ones. */
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
 * The rows of one set `g`. Walking in the order asked for is right when the filter lets many pass; when it lets few pass, reading those
 * by the filter's own index and sorting them. When filter and order have nothing to do with each other, a walk meets the rows wanted
 * after (rows wanted × rows of the set / rows that pass); so the two cost the same when sqrt(rows wanted × rows of the set) pass. How many
 * pass, bounds tell where the set is summed up; elsewhere they are counted up to there. When filter and order have to do with each other, what
 * passes may lie at the far end of the order: the walk starts where bounds say that such rows can be. One that has met as many rows as
 * pass, and not those wanted, is given up for the other way.
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

/** NaN is the largest number, to Postgres. */
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
  /** Of the rows the index of `order` has, those that it gives. */
  readonly base: Prisma.Sql;
  /** As `base`, of the filter's own index. */
  readonly narrowBase: Prisma.Sql;
  readonly passes: Prisma.Sql;
}

function partsOf(positions: Positions, query: CandidateQuery): QueryParts {
  const { filter, equal } = query;
  const sample = Prisma.sql`s."sample_index"`;
  const value = positions.by === 0 ? sample : measureAt(positions.by);
  const type = positions.by === 0 ? Prisma.sql`integer` : Prisma.sql`double precision`;
  // The set of predictions may have more samples: a walk from the end would pass over those.
  const prediction = Prisma.sql`JOIN "prediction" p ON p."prediction_set_id" = g."prediction_set_id"
    AND p."sample_index" = s."sample_index" AND ${taken(positions, Prisma.sql`p."sample_index"`)}`;
  const { inSet, inSetUnbounded } = membersOf(positions);
  const base = (set: Prisma.Sql): Prisma.Sql =>
    allOf([
      set,
      filter.degenerate === true ? degenerateBy(positions.by) : undefined,
      filter.sample === undefined ? undefined : Prisma.sql`${sample} = ${filter.sample}`,
      // As text: a number would not arrive as NaN or infinity.
      equal === undefined ? undefined : Prisma.sql`${value} = ${String(equal)}::${type}`,
    ]);
  return {
    value,
    // Of one sample there is one row in a set, which the index of samples gives.
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

/** Degenerate maps are rare and have an index for every order, which is only used by who names its condition: see the migration. */
function degenerateBy(position: number): Prisma.Sql {
  const condition = position === 0 ? Prisma.sql`s."sample_index" >= 0` : Prisma.sql`${measureAt(position)} IS NOT NULL`;
  return Prisma.sql`s."degenerate" AND ${condition}`;
}

/** Whether a sample is one of those that set `g` is asked for. */
function taken({ chosen }: Positions, sample: Prisma.Sql): Prisma.Sql {
  return chosen ? isChosen(Prisma.sql`g."choice"`, sample) : Prisma.sql`${sample} < g."samples"`;
}

/** The rows of set `g`. Unbounded, for walks in the order of a measure, where the sample is no bound: Postgres 18 would think of skipping by it, and sort the set instead. */
function membersOf(positions: Positions): { readonly inSet: Prisma.Sql; readonly inSetUnbounded: Prisma.Sql } {
  const rowsWith = (sample: Prisma.Sql): Prisma.Sql =>
    Prisma.sql`s."score_set_id" = g."score_set_id" AND ${taken(positions, sample)}`;
  const sample = Prisma.sql`s."sample_index"`;
  return { inSet: rowsWith(sample), inSetUnbounded: rowsWith(positions.chosen ? sample : Prisma.sql`${sample} + 0`) };
}

function direction({ descending }: CandidateQuery): Prisma.Sql {
  return descending ? Prisma.sql`DESC` : Prisma.sql`ASC`;
}

/** The index in which the filter finds its rows, in its order; undefined when the walk uses it anyway, or there is none. */
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
