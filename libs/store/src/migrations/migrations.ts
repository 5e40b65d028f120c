import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { sha256 } from '@xaigrid/contracts';

export interface Migration {
  readonly name: string;
  /** The SHA-256 of the file, as `prisma migrate` records it. */
  readonly checksum: string;
  readonly sql: string;
}

const packageFile = createRequire(import.meta.url).resolve('@xaigrid/store/package.json');
const folder = new URL('prisma/migrations/', pathToFileURL(packageFile));

/** All migrations of this version, the oldest first. */
export async function readMigrations(): Promise<Migration[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(
    names.sort().map(async (name) => {
      const sql = await readFile(new URL(`${name}/migration.sql`, folder), 'utf8');
      return { name, checksum: sha256(sql), sql };
    }),
  );
}
