import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { XaigridError } from '@xaigrid/contracts';
import { roleName, type Cluster } from './cluster.js';
import { databaseName, takeLease, type Lease } from './lease.js';
import { isAlive, isServerOf, readPostmaster } from './postmaster-file.js';

/** An embedded server that this process uses. */
export interface EmbeddedPostgres {
  /** `postgresql://xaigrid:…@127.0.0.1:…/xaigrid` */
  readonly url: string;
  /** Whether the server was running already: started by another xaigrid, or left behind by a killed one. */
  readonly attached: boolean;
  /** Stops the server properly, unless another process uses it. It may be called twice. */
  stop(): Promise<void>;
}

export function embeddedServer(server: {
  readonly cluster: Cluster;
  readonly lease: Lease;
  readonly pid: number;
  readonly port: number;
  readonly attached: boolean;
}): EmbeddedPostgres {
  let stopped: Promise<void> | undefined;
  return {
    url: `postgresql://${roleName}:${server.cluster.password}@127.0.0.1:${server.port}/${databaseName}`,
    attached: server.attached,
    stop: () => (stopped ??= leave(server)),
  };
}

/** @returns undefined if the server is shutting down or not ready yet: try again */
export async function tryLease(cluster: Cluster, port: number): Promise<Lease | undefined> {
  try {
    const lease = await takeLease(cluster, port);
    if (lease !== 'another-server') return lease;
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === '28P01') {
      throw new XaigridError(
        'DATABASE_UNREACHABLE',
        `The embedded Postgres of ${cluster.dataFolder} refuses the password kept beside it. Restore the file "password", or remove the folder to begin anew.`,
        { cause: error },
      );
    }
  }
  return undefined;
}

async function leave({ cluster, lease, pid, port }: Parameters<typeof embeddedServer>[0]): Promise<void> {
  // The lease is lost if the server had to restart its sessions. If the server still runs, a new lease tells whether we are the
  // last.
  const current = await lease.release().then(
    (last) => ({ lease, last }),
    async () => {
      await lease.close();
      const again = await tryLease(cluster, port);
      return again === undefined ? undefined : { lease: again, last: await again.release().catch(() => false) };
    },
  );
  if (current === undefined) return;
  try {
    if (current.last) await stopServer(cluster.dataFolder, pid);
  } finally {
    await current.lease.close();
  }
}

/** A fast shutdown takes a fraction of a second; to write a full buffer pool to a slow disk takes some seconds. */
const shutdownMs = 60_000;

/**
 * Stops a server. SIGINT asks Postgres for a fast shutdown: sessions end, committed data is written, and the next start needs no
 * recovery.
 */
async function stopServer(dataFolder: string, pid: number): Promise<void> {
  const deadline = Date.now() + shutdownMs;
  interrupt(pid);
  while ((await readPostmaster(dataFolder))?.pid === pid && isServerOf(dataFolder, pid)) {
    if (Date.now() > deadline) {
      throw new XaigridError(
        'DATABASE_UNREACHABLE',
        `The embedded Postgres (process ${pid}) does not stop; it writes to a very slow disk, or hangs.`,
      );
    }
    await delay(10);
  }
}

/** A server that was killed may end between the question whether it runs and the signal. */
function interrupt(pid: number): void {
  try {
    process.kill(pid, 'SIGINT');
  } catch (error) {
    if (isAlive(pid)) throw error;
  }
}
