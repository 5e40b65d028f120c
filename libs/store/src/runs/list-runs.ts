import { z } from 'zod';
import type { Run } from '../generated/client.js';
import { allOf } from '../sql/all-of.js';
import { Prisma, type Database } from '../sql/prisma.js';
import { queryRows } from '../sql/rows.js';
import type { RunQuery } from '../store.js';

/** All parts of a run that `search` searches. */
const searchable = Prisma.sql`lower(concat_ws(' ', "id", "name", "state", "note", array_to_string("tags", ' '), array_to_string("datasets", ' '), array_to_string("models", ' '), array_to_string("methods", ' ')))`;

/** The matching runs, the newest first. */
export async function listRuns(database: Database, { limit, states, before, search, tags = [] }: RunQuery): Promise<Run[]> {
  const words = (search ?? '')
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const ids = await queryRows(
    database,
    z.object({ id: z.string() }),
    Prisma.sql`
      SELECT "id" FROM "run"
      WHERE ${allOf([
        ...(states === undefined ? [] : [Prisma.sql`"state" = ANY (${[...states]}::run_state[])`]),
        ...(before === undefined ? [] : [Prisma.sql`"created_at" < ${before}`]),
        ...(tags.length === 0 ? [] : [Prisma.sql`"tags" @> ${[...tags]}::text[]`]),
        ...words.map((word) => Prisma.sql`position(${word} IN ${searchable}) > 0`),
      ])}
      ORDER BY "created_at" DESC, "id" DESC LIMIT ${limit}`,
  );
  return database.run.findMany({
    where: { id: { in: ids.map(({ id }) => id) } },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
  });
}
