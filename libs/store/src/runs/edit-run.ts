import type { RunChanges } from '@xaigrid/contracts';
import type { Database } from '../sql/prisma.js';
import { storable } from '../sql/stored-text.js';

/**
 * Changes a run's name, note or tags in one statement.
 * @returns whether the run exists
 */
export async function editRun(
  database: Database,
  id: string,
  { name, note, addTags = [], removeTags = [] }: RunChanges,
): Promise<boolean> {
  const changed = await database.$executeRaw`
    UPDATE "run" SET
      "name" = coalesce(${name === undefined ? null : storable(name)}::text, "name"),
      "note" = coalesce(${note === undefined ? null : storable(note)}::text, "note"),
      "tags" = ARRAY(
        SELECT DISTINCT t."tag" FROM unnest("tags" || ${addTags.map(storable)}::text[]) AS t ("tag")
        WHERE t."tag" <> ALL (${removeTags.map(storable)}::text[]) ORDER BY t."tag")
    WHERE "id" = ${id}`;
  return changed === 1;
}
