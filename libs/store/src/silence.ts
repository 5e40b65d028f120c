import { Socket } from 'node:net';
import type pg from 'pg';
import { z } from 'zod';
import { openConnection, type ConnectOptions } from './open-client.js';

/** A connection on which nothing came or went for so long is asked after. Idle ones are closed by the pool before that. */
const SILENCE_MS = 15_000;
const ANSWER_MS = 5_000;

const activitySchema = z.array(z.object({ state: z.string().nullable() }));

/**
 * Ends connections whose other side is gone without a word: a cut network tells nobody, and the operating system tries for a
 * quarter of an hour to deliver what was sent. A statement may rightly take long, so after `SILENCE_MS` Postgres is asked on another
 * connection whether it works on it; when it does not, or does not answer either, the connection is destroyed and what waits for
 * it fails as lost.
 */
export function watchSilence(pool: pg.Pool, connection: ConnectOptions): void {
  pool.on('connect', (client) => {
    // The stream in use: with TLS not the one that was dialled.
    const stream: unknown = Reflect.get(Object(Reflect.get(client, 'connection')), 'stream');
    const pid: unknown = Reflect.get(client, 'processID');
    if (!(stream instanceof Socket) || typeof pid !== 'number') return;
    stream.setTimeout(SILENCE_MS);
    stream.on('timeout', () => {
      void isWorkedOn(pid, connection).then((worked) => {
        if (worked) stream.setTimeout(SILENCE_MS);
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
    return activitySchema.parse(rows).some(({ state }) => state === 'active');
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
    opened.destroy();
  }
}
