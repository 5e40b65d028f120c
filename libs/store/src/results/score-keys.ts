import type pg from 'pg';
import { z } from 'zod';
import { Prisma } from '../sql/prisma.js';
import { floatSchema, queryRows } from '../sql/rows.js';
import { inTransaction } from '../sql/transaction.js';
import type { ScoreQuery } from '../store.js';
import type { RunScoreSet } from './run-score-sets.js';
import { candidates, type CandidateQuery } from './score-candidates.js';

/** The place of a row: the position of its set among the given sets, and its sample. */
export interface ScoreKey {
  readonly set: number;
  readonly sampleIndex: number;
}

const candidateSchema = z.object({ set: z.int(), sampleIndex: z.int(), value: floatSchema });
type Candidate = z.infer<typeof candidateSchema>;

/**
 * The number of sets to read first when sets are read one after the other. It is multiplied each time that they do not fill the
 * page.
 */
const SETS_AT_FIRST = 1;
const MORE_SETS = 4;
/** With so few sets, each is asked for the whole page: another round costs more than unneeded rows. */
const FEW_SETS = 8;
/** By how much the number of rows per set grows when sets are merged and their rows are not enough. */
const MORE_ROWS = 4;

/** The order that `sort` asks for. Undefined: set by set. */
export function orderOf(sort: string | undefined): Pick<CandidateQuery, 'by' | 'descending'> | undefined {
  if (sort === undefined) return undefined;
  const descending = sort.startsWith('-');
  const name = descending ? sort.slice(1) : sort;
  return { by: name === 'sample' ? name : { measure: name }, descending };
}

/** The rows up to the end of the page, in the wanted order. */
export async function readKeys(pool: pg.Pool, sets: readonly RunScoreSet[], query: ScoreQuery): Promise<ScoreKey[]> {
  const limit = query.offset + query.limit;
  const order = orderOf(query.sort);
  const all = [...sets.keys()];
  const one = { pool, sets, filter: query };
  if (order === undefined) return setBySet({ ...one, members: all, limit });
  const { by } = order;
  const measured = all.filter((index) => by === 'sample' || sets[index]?.measures.includes(by.measure));
  const keys = await merged({ ...one, ...order, members: measured, limit });
  // Sets without the measure of `sort` come last, in either direction.
  const others = all.filter((index) => !measured.includes(index));
  return [...keys, ...(await setBySet({ ...one, members: others, limit: limit - keys.length }))];
}

interface Asking {
  readonly pool: pg.Pool;
  readonly sets: readonly RunScoreSet[];
  /** The sets to read, in order. */
  readonly members: readonly number[];
  readonly filter: ScoreQuery;
  readonly limit: number;
}

/** The first rows of the sets, one set after the other. */
async function setBySet(asking: Asking & Partial<Pick<CandidateQuery, 'by' | 'equal'>>): Promise<ScoreKey[]> {
  const { members, limit } = asking;
  const keys: ScoreKey[] = [];
  for (let from = 0, count = SETS_AT_FIRST; from < members.length && keys.length < limit; from += count, count *= MORE_SETS) {
    const rows = await readCandidates({
      ...{ by: 'sample', descending: false, ...asking },
      members: members.slice(from, from + count),
      limit: limit - keys.length,
    });
    rows.sort((a, b) => a.set - b.set || a.sampleIndex - b.sampleIndex);
    keys.push(...rows.slice(0, limit - keys.length));
  }
  return keys;
}

/**
 * The first rows of all sets together. Each set gives a few rows, and more while its last one comes before the last wanted row.
 * No more of a set is read than is needed to decide. Very many rows may equal the last wanted one; which of them are wanted is
 * read set by set, since that is their order.
 */
async function merged(asking: Asking & Pick<CandidateQuery, 'by' | 'descending'>): Promise<ScoreKey[]> {
  const { members, limit, descending } = asking;
  const compare = (a: number, b: number): number => (descending ? compareFloats(b, a) : compareFloats(a, b));
  const found = new Map<number, Candidate[]>(members.map((set) => [set, []]));
  let last: number | undefined;
  let open = limit === 0 ? [] : members;
  // Its share of the rows, plus the usual variation of shares.
  const share = Math.ceil(limit / members.length);
  const first = members.length <= FEW_SETS ? limit : share + Math.ceil(Math.sqrt(share));
  for (let each = first; open.length > 0; each *= MORE_ROWS) {
    const asked = Math.min(each, limit);
    for (const set of open) found.set(set, []);
    for (const row of await readCandidates({ ...asking, members: open, limit: asked })) found.get(row.set)?.push(row);
    last = [...found.values()].flatMap((rows) => rows.map(({ value }) => value)).sort(compare)[limit - 1];
    open = open.filter((set) => {
      const values =
        found
          .get(set)
          ?.map(({ value }) => value)
          .sort(compare) ?? [];
      const end = values.at(-1);
      const exhausted = end === undefined || values.length < asked || asked === limit;
      return !exhausted && (last === undefined || compare(end, last) < 0);
    });
  }
  const rows = [...found.values()].flat();
  const sure = rows
    .filter(({ value }) => last === undefined || compare(value, last) < 0)
    .sort((a, b) => compare(a.value, b.value) || a.set - b.set || a.sampleIndex - b.sampleIndex);
  if (last === undefined) return sure;
  const equal = last;
  const tied = members.filter((set) => found.get(set)?.some(({ value }) => compare(value, equal) === 0));
  return [...sure, ...(await setBySet({ ...asking, members: tied, limit: limit - sure.length, equal }))];
}

/** Compares as Postgres does: NaN equals itself and is larger than everything else. */
function compareFloats(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a < b ? -1 : Number(a > b);
}

/** The number of sets that are worth a statement of their own. Two at a time use two cores of the server. */
const SETS_A_LANE = 16;

async function readCandidates(asking: Asking & CandidateQuery): Promise<Candidate[]> {
  const { members } = asking;
  if (members.length < 2 * SETS_A_LANE) return readLane(asking);
  const middle = Math.ceil(members.length / 2);
  const lanes = [members.slice(0, middle), members.slice(middle)];
  return (await Promise.all(lanes.map((lane) => readLane({ ...asking, members: lane })))).flat();
}

/**
 * Makes every part walk an index and stop early. Postgres does not know how many rows a set has, and would otherwise read and
 * sort all of it.
 */
const walking = Prisma.sql`SELECT set_config('enable_bitmapscan', 'off', true), set_config('enable_sort', 'off', true)`;

async function readLane({ pool, sets, members, ...query }: Asking & CandidateQuery): Promise<Candidate[]> {
  const rows = candidates(
    members.flatMap((index) => sets[index] ?? []),
    query,
  );
  if (rows === undefined) return [];
  const found = await inTransaction(pool, async (queries) => {
    await queries.$queryRaw(walking);
    return queryRows(
      queries,
      candidateSchema,
      Prisma.sql`SELECT k."set", k."sample_index" AS "sampleIndex", k."value" FROM (${rows}) k`,
    );
  });
  return found.map((row) => ({ ...row, set: members[row.set] ?? row.set }));
}
