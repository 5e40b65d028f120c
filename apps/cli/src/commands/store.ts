import { readdir, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isSystemError, XaigridError } from '@xaigrid/contracts';
import { listenForShutdown, stayUntilAborted } from '@xaigrid/service';
import { createStore, embeddedPostgresState, makeStoreFolder, startEmbeddedPostgres } from '@xaigrid/store';
import { fileInTheWay, findStore, keepingOf, projectStore, serverFolder } from '../store-location.js';
import type { Terminal } from '../terminal.js';
import type { ControlOptions } from '../control-options.js';

export type StoreOptions = Pick<ControlOptions, 'store'>;

export interface WhereOptions extends StoreOptions {
  readonly json?: boolean;
}

/**
 * `xaigrid store`: runs the embedded Postgres and prints its address, for psql and others, until Ctrl-C. Makes a store if there
 * is none.
 */
export async function keepStore(terminal: Terminal, options: StoreOptions): Promise<void> {
  const keeping = await keepingOf(options);
  if ('databaseUrl' in keeping)
    throw new XaigridError(
      'USAGE',
      'DATABASE_URL is set, and xaigrid starts only its embedded Postgres. Unset DATABASE_URL, or start that server yourself.',
    );
  const shutdown = listenForShutdown();
  try {
    const server = await startEmbeddedPostgres({ folder: serverFolder(keeping), signal: shutdown.drain });
    try {
      await bringUpToDate(server.url);
      terminal.data(`${server.url}\n`);
      terminal.note(`The embedded Postgres in ${keeping.folder} is running; Ctrl-C stops it. The address contains its password.`);
      await stayUntilAborted(shutdown.drain);
    } finally {
      await server.stop();
    }
  } finally {
    shutdown.dispose();
  }
}

/** Makes the tables of a new store, and migrates those of an older one. */
async function bringUpToDate(url: string): Promise<void> {
  const store = await createStore({ url, maxConnections: 1, connectTimeoutMs: 10_000, applicationName: 'xaigrid store' });
  await store.close();
}

/** `xaigrid store where`: prints the folder on stdout, for other programs, and facts about it on stderr. Makes nothing. */
export async function whereStore(terminal: Terminal, options: WhereOptions): Promise<void> {
  const { folder, why } = await findStore(options.store);
  const state = await embeddedPostgresState(serverFolder({ folder, why }));
  const bytes = state === 'absent' ? 0 : await bytesIn(folder);
  if (options.json === true) {
    terminal.data(`${JSON.stringify({ folder, why, state, bytes }, undefined, 2)}\n`);
    return;
  }
  terminal.data(`${folder}\n`);
  const held = { absent: 'nothing is stored there yet', stopped: 'no Postgres runs on it', running: 'its Postgres is running' };
  terminal.note(`${why}; ${held[state]}${state === 'absent' ? '' : `; ${(bytes / 1e6).toFixed(1)} MB`}`);
  if (options.store === undefined && (process.env.DATABASE_URL ?? '') !== '')
    terminal.note('Runs are not kept there but in the Postgres at DATABASE_URL. --store takes precedence over it.');
}

/** Follows the link to a cluster in another place. Files appear and disappear while Postgres runs. */
async function bytesIn(folder: string): Promise<number> {
  const entries = await readdir(folder).catch(() => []);
  const sizes = entries.map(async (name) => {
    const path = join(folder, name);
    const found = await stat(path).catch(() => undefined);
    return found?.isDirectory() === true ? bytesIn(path) : (found?.size ?? 0);
  });
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

/** `xaigrid store init [FOLDER]`: marks a project's folder. Its Postgres is made when something is stored. */
export async function initStore(terminal: Terminal, project: string): Promise<void> {
  const folder = join(resolve(project), projectStore);
  const before = await stat(folder).catch(() => undefined);
  if (before?.isDirectory() === false) throw fileInTheWay(folder);
  try {
    await makeStoreFolder(folder);
    // Results do not belong into a project's history.
    await writeFile(join(folder, '.gitignore'), '*\n');
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new XaigridError('FOLDER_UNWRITABLE', `${folder} cannot be made: ${error.message}.`, { cause: error });
  }
  terminal.note(
    `${folder} is ${before === undefined ? 'made' : 'there already'}. Runs from ${resolve(project)} and the folders below it are kept there.`,
  );
  const preferred = ['XAIGRID_SERVER', 'DATABASE_URL', 'XAIGRID_STORE'].filter((name) => (process.env[name] ?? '') !== '');
  for (const name of preferred) terminal.note(`But ${name} is set, and takes precedence over it.`);
}
