import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createStore, startEmbeddedPostgres } from '@xaigrid/store';
import { finish } from './processes.js';
import { snapshotOf, type RunSnapshot } from './snapshot.js';

/** The results of a run without disturbance: in one process, on its own store, cut into other shards. */
export async function undisturbed(spec: string): Promise<RunSnapshot> {
  const folder = await mkdtemp(join(tmpdir(), 'xaigrid-undisturbed-'));
  await writeFile(join(folder, 'spec.json'), spec);
  const result = await finish('xaigrid', [
    ...['run', join(folder, 'spec.json'), '--store', join(folder, 'store'), '--set', 'shardSize=80'],
  ]);
  if (result.status !== 0) throw new Error(`The undisturbed run ended with ${String(result.status)}:\n${result.stderr}`);
  const server = await startEmbeddedPostgres({ folder: join(folder, 'store', 'postgres') });
  const store = await createStore({ url: server.url, maxConnections: 2, connectTimeoutMs: 10_000, applicationName: 'tests' });
  try {
    return await snapshotOf(store, 'latest');
  } finally {
    await store.close();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
