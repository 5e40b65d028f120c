import type pg from 'pg';
import { z } from 'zod';
import { inTime, pause } from './in-time.js';
import { openConnection, type ConnectOptions } from './open-client.js';
import { Prisma, type Statements } from './prisma.js';
import { queryRows } from './rows.js';

/** The class of the session-level advisory locks, one a run, that say: a live process drives it. Next to the leader's number. */
const attendanceLocks = 72_707_372;

/** Between two tries to connect. */
const TRY_MS = 1_000;
const HEARTBEAT_MS = 2_000;
/** Without an answer for so long the connection is given up, and another is made. */
const SILENCE_MS = 8_000;
/** Postgres ends the session of a process that is frozen or cut off after hearing nothing for so long. */
const SESSION_MS = 10_000;

/** Which runs this process drives, for all to see. */
export interface Attendance {
  attend(runId: string): Promise<{ readonly release: () => void }>;
  /** Those of the runs that this process drives, also while it cannot show it. */
  readonly own: (ids: readonly string[]) => string[];
  close(): Promise<void>;
}

/**
 * Holds a shared advisory lock for each run that this process drives, all on one connection of its own, which is there while it drives
 * any. The lock goes with the connection, and so with the process: at once when it is killed, after `SESSION_MS` when it is frozen or
 * cut off. No clock takes part, neither this machine's nor the database's. It hinders nobody: several may drive a run.
 */
export function createAttendance(connection: ConnectOptions): Attendance {
  const runs = new Map<string, number>();
  const waiting = new Map<string, (() => void)[]>();
  const ending = new AbortController();
  let bell = new AbortController();
  let life: Promise<void> | undefined;

  function answer(runId: string): void {
    for (const resolve of waiting.get(runId) ?? []) resolve();
    waiting.delete(runId);
  }

  async function sit(client: pg.Client): Promise<void> {
    const ask = (sql: string, values: unknown[] = []): Promise<unknown> => inTime(SILENCE_MS, client.query(sql, values));
    await ask(`SELECT set_config('idle_session_timeout', '${SESSION_MS}', false)`);
    const held = new Set<string>();
    while (runs.size > 0 && !ending.signal.aborted) {
      for (const runId of held) {
        if (runs.has(runId)) continue;
        await ask('SELECT pg_advisory_unlock_shared($1, hashtext($2))', [attendanceLocks, runId]);
        held.delete(runId);
      }
      for (const runId of runs.keys()) {
        if (!held.has(runId)) await ask('SELECT pg_advisory_lock_shared($1, hashtext($2))', [attendanceLocks, runId]);
        held.add(runId);
        answer(runId);
      }
      await pause(HEARTBEAT_MS, AbortSignal.any([bell.signal, ending.signal]));
      if (bell.signal.aborted) bell = new AbortController();
      else await ask('SELECT 1');
    }
  }

  async function stay(): Promise<void> {
    while (runs.size > 0 && !ending.signal.aborted) {
      const opened = await openConnection({ ...connection, signal: ending.signal }).catch(() => undefined);
      // Lost: another connection takes its place.
      if (opened !== undefined) await sit(opened.client).catch(() => undefined);
      opened?.destroy();
      // Whoever waits shall not wait for a database that is away.
      for (const runId of waiting.keys()) answer(runId);
      if (runs.size > 0) await pause(TRY_MS, ending.signal);
    }
    life = undefined;
  }

  return {
    async attend(runId) {
      runs.set(runId, (runs.get(runId) ?? 0) + 1);
      const seen = new Promise<void>((resolve) => waiting.set(runId, [...(waiting.get(runId) ?? []), resolve]));
      bell.abort();
      life ??= stay();
      await seen;
      return {
        release() {
          const count = (runs.get(runId) ?? 0) - 1;
          if (count > 0) runs.set(runId, count);
          else runs.delete(runId);
          bell.abort();
        },
      };
    },
    own: (ids) => ids.filter((id) => runs.has(id)),
    async close() {
      ending.abort();
      await life;
    },
  };
}

/** Those of the runs that a live process drives. */
export async function attendedRuns(queries: Statements, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await queryRows(
    queries,
    z.object({ id: z.string() }),
    Prisma.sql`
      SELECT r."id" FROM unnest(${[...ids]}::text[]) AS r ("id")
      WHERE EXISTS (
        SELECT FROM pg_locks l WHERE l."locktype" = 'advisory' AND l."granted" AND l."classid" = ${attendanceLocks}::integer::oid
          AND l."objid" = hashtext(r."id")::oid
          AND l."database" = (SELECT d."oid" FROM pg_database d WHERE d."datname" = current_database()))`,
  );
  return new Set(rows.map(({ id }) => id));
}
