import { Socket } from 'node:net';
import type pg from 'pg';
import { z } from 'zod';
import { openConnection, type ConnectOptions } from './open-client.js';

/** A connection without traffic for this long is checked. The pool closes idle ones earlier. */
const NO_TRAFFIC_MS = 15_000;
const ANSWER_MS = 5_000;
/** Our COPY commands carry a few megabytes. If one has waited this long for its client, that process is frozen or cut off. */
const STALLED_COPY_SECONDS = 30;

const activitySchema = z.array(z.object({ state: z.string().nullable() }));

/**
 * Ends connections whose other side has disappeared silently. A broken network tells nobody, and the operating system tries for a
 * quarter of an hour to deliver what was sent. A statement may take long, so after `NO_TRAFFIC_MS` Postgres is asked on another
 * connection whether it works on the statement. If it does not, or does not answer, the connection is destroyed, and what waits
 * for it fails as lost. If the statement waits for a COPY whose client sends nothing, that COPY is ended.
 */
export function closeDeadConnections(pool: pg.Pool, connection: ConnectOptions): void {
  pool.on('connect', (client) => {
    // The stream in use. With TLS it is not the one that was opened first.
    const stream: unknown = Reflect.get(Object(Reflect.get(client, 'connection')), 'stream');
    const pid: unknown = Reflect.get(client, 'processID');
    if (!(stream instanceof Socket) || typeof pid !== 'number') return;
    stream.setTimeout(NO_TRAFFIC_MS);
    stream.on('timeout', () => {
      void isWorkedOn(pid, connection).then((worked) => {
        if (worked) stream.setTimeout(NO_TRAFFIC_MS);
        else stream.destroy(Object.assign(new Error('server closed the connection: it was silent'), { code: 'ETIMEDOUT' }));
      });
    });
  });
}

async function isWorkedOn(pid: number, connection: ConnectOptions): Promise<boolean> {
  const opened = await openConnection({ ...connection, connectTimeoutMs: ANSWER_MS }).catch(() => undefined);
  if (opened === undefined) return false;
  const timer = setTimeout(opened.destroy, ANSWER_MS);
  try {
    const { rows } = await opened.client.query('SELECT state FROM pg_stat_activity WHERE pid = $1', [pid]);
    const worked = activitySchema.parse(rows).some(({ state }) => state === 'active');
    if (worked) await endStalledCopies(opened.client, pid);
    return worked;
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
    opened.destroy();
  }
}

/**
 * Ends the sessions that block `pid` and that themselves wait for the rest of a COPY. Postgres takes them for active, so none of
 * its timeouts ends them. A role may end its own sessions, and does not see what the sessions of others do.
 */
async function endStalledCopies(client: pg.Client, pid: number): Promise<void> {
  await client.query(
    `SELECT pg_terminate_backend(a.pid) FROM unnest(pg_blocking_pids($1)) AS b (pid) JOIN pg_stat_activity a ON a.pid = b.pid
     WHERE a.usename = current_user AND a.state = 'active' AND a.wait_event = 'ClientRead' AND a.query LIKE '%COPY % FROM STDIN%'
       AND a.query_start < clock_timestamp() - make_interval(secs => $2)`,
    [pid, STALLED_COPY_SECONDS],
  );
}
