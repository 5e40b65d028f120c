import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isSystemError, XaigridError } from '@xaigrid/contracts';
import { findBinaries } from './binaries.js';
import { clusterFolder, openCluster } from './cluster.js';
import { folderUnwritable } from './folder-errors.js';
import { otherMachine, signMachine } from './machine-file.js';
import { isAlive, isServerOf, postmasterFile, readPostmaster, removeStalePostmaster } from './postmaster-file.js';
import { embeddedServer, tryLease, type EmbeddedPostgres } from './running-server.js';
import { launchServer, type ServerProcess } from './server-process.js';
import { serverUser } from './server-user.js';
import { startFailure } from './start-failure.js';

/** Recovery after a crash replays at most `max_wal_size`, 2 GB. */
const patienceMs = 300_000;

/**
 * Starts the Postgres whose data is in `folder`, or attaches to it if it runs. Without data, it creates the database first. Any
 * number of processes on one machine may call this at once; the last one to `stop()` stops the server. Machines that share the
 * folder take turns: a machine refuses while another uses the data. Containers must not share it at the same time.
 *
 * The server listens only on 127.0.0.1, on a port that the system chooses. Its password is in `cluster/password`, readable by the
 * owner.
 * @throws FOLDER_UNWRITABLE, DATABASE_SCHEMA (made by another major version of Postgres), DATABASE_UNREACHABLE, INTERRUPTED
 */
export async function startEmbeddedPostgres(options: {
  readonly folder: string;
  readonly signal?: AbortSignal;
}): Promise<EmbeddedPostgres> {
  const folder = resolve(options.folder);
  const { signal } = options;
  const user = await serverUser(join(clusterFolder(folder), 'data'));
  const binaries = await findBinaries(user);
  const cluster = await openCluster({ folder, binaries, user, signal });
  const deadline = Date.now() + patienceMs;
  let launched: ServerProcess | undefined;
  while (Date.now() < deadline) {
    // A server that we launched is first leased and then stopped properly: see below.
    if (launched === undefined) throwIfAborted(signal);
    const postmaster = await readPostmaster(cluster.dataFolder);
    if (postmaster !== undefined) await refuseOtherMachine({ folder, dataFolder: cluster.dataFolder });
    const alive = postmaster !== undefined && isServerOf(cluster.dataFolder, postmaster.pid);
    if (alive && postmaster.status === 'ready' && postmaster.port !== undefined) {
      const lease = await tryLease(cluster, postmaster.port);
      if (lease !== undefined) {
        const server = embeddedServer({
          cluster,
          lease,
          pid: postmaster.pid,
          port: postmaster.port,
          attached: launched?.pid !== postmaster.pid,
        });
        if (signal?.aborted === true) await server.stop();
        throwIfAborted(signal);
        return server;
      }
    } else if (launched?.ended() === true) {
      const failure = startFailure({ folder, log: launched.log() });
      if (failure !== undefined) throw failure;
      launched = undefined;
    } else if (!alive && launched === undefined) {
      // Postgres itself cleans up after a dead server, but not if another program has its process id.
      if (postmaster !== undefined && isAlive(postmaster.pid)) await removeStalePostmaster(cluster.dataFolder, postmaster);
      launched = await launchOn({ folder, dataFolder: cluster.dataFolder, binaries, user });
    }
    await delay(20);
  }
  throw new XaigridError(
    'DATABASE_UNREACHABLE',
    `The embedded Postgres in ${folder} is not ready after ${patienceMs / 60_000} minutes. Its log: ${join(folder, 'postgres.log')}`,
  );
}

/** @throws FOLDER_UNWRITABLE if the folder of an existing cluster has become read-only, or its disk is full */
async function launchOn(options: Parameters<typeof launchServer>[0]): Promise<ServerProcess> {
  try {
    await signMachine(options.folder);
    return await launchServer(options);
  } catch (error) {
    const ofFolder = isSystemError(error) && ['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT'].includes(error.code ?? '');
    throw ofFolder ? folderUnwritable(options.folder, error) : error;
  }
}

async function refuseOtherMachine({ folder, dataFolder }: { folder: string; dataFolder: string }): Promise<void> {
  const machine = await otherMachine(folder);
  if (machine === undefined) return;
  throw new XaigridError(
    'DATABASE_UNREACHABLE',
    `The embedded Postgres in ${folder} is in use on another machine, ${machine.name}, or was when that machine or container ended; two at once would destroy the data. Stop xaigrid there; when nothing of it runs any more, remove ${postmasterFile(dataFolder)}.`,
  );
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new XaigridError('INTERRUPTED', 'Interrupted while the embedded Postgres was starting.');
}
