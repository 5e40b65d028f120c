import type pg from 'pg';
import { z } from 'zod';
import { inTime, pause } from '../connection/in-time.js';
import { openConnection, type ConnectOptions } from '../connection/open-client.js';
import { Prisma, type Statements } from '../sql/prisma.js';
import { queryRows } from '../sql/rows.js';

/** What a live process does for a run: it drives the run (`driving`), or only finishes its current work on it (`stopping`). */
export type Role = 'driving' | 'stopping';

/** The classes of the session-level advisory locks, one per run, that show this. The number follows that of the leader. */
const classes: Readonly<Record<Role, number>> = { driving: 72_707_372, stopping: 72_707_373 };

/** The pause between two tries to connect. */
const TRY_MS = 1_000;
const HEARTBEAT_MS = 2_000;
/** If the connection does not answer for this long, it is abandoned and another one is made. */
const ANSWER_MS = 8_000;
/** After this long without a sign, Postgres ends the session of a process that is frozen or cut off. */
const SESSION_MS = 10_000;

export interface Attending {
  /** Resolves once no other process can see it, unless the process attends to the run for another reason too. */
  readonly release: () => Promise<void>;
}

/** Shows other processes which runs this process attends to. */
export interface Attendance {
  attend(runId: string, role: Role): Promise<Attending>;
  /** The runs among `ids` that this process drives, even while it cannot show it. */
  readonly own: (ids: readonly string[]) => string[];
  close(): Promise<void>;
}

interface Post {
  readonly runId: string;
  readonly role: Role;
}

/**
 * Holds a shared advisory lock for each run that this process drives, all on one connection, which exists while it drives any.
 * The lock goes when the connection does, and so with the process: at once if it is killed, after `SESSION_MS` if it is frozen or
 * cut off. No clock takes part, neither this machine's nor the database's. The lock hinders nobody: several processes may drive a
 * run.
 */
export function createAttendance(connection: ConnectOptions): Attendance {
  const posts = new Map<string, Post & { count: number }>();
  /** The callbacks of those who wait until a lock can be seen, or can be seen no more. */
  const waiting = new Map<string, (() => void)[]>();
  const ending = new AbortController();
  let bell = new AbortController();
  let life: Promise<void> | undefined;

  function answer(key: string): void {
    for (const resolve of waiting.get(key) ?? []) resolve();
    waiting.delete(key);
  }

  /** Resolves when the connection next checks this lock, or when it cannot check for now. */
  function nextLook(key: string): Promise<void> {
    const looked = new Promise<void>((resolve) => waiting.set(key, [...(waiting.get(key) ?? []), resolve]));
    bell.abort();
    life ??= stay();
    return looked;
  }

  async function sit(client: pg.Client): Promise<void> {
    const ask = (sql: string, values: unknown[] = []): Promise<unknown> => inTime(ANSWER_MS, client.query(sql, values));
    await ask(`SELECT set_config('idle_session_timeout', '${SESSION_MS}', false)`);
    const held = new Map<string, Post>();
    for (;;) {
      for (const [key, { role, runId }] of held) {
        if (posts.has(key)) continue;
        await ask('SELECT pg_advisory_unlock_shared($1, hashtext($2))', [classes[role], runId]);
        held.delete(key);
      }
      for (const [key, { role, runId }] of posts) {
        if (!held.has(key)) await ask('SELECT pg_advisory_lock_shared($1, hashtext($2))', [classes[role], runId]);
        held.set(key, { role, runId });
      }
      // A change during the query is left for the next check, which has been requested.
      for (const key of waiting.keys()) if (posts.has(key) === held.has(key)) answer(key);
      if (held.size + posts.size === 0 || ending.signal.aborted) return;
      await pause(HEARTBEAT_MS, AbortSignal.any([bell.signal, ending.signal]));
      if (bell.signal.aborted) bell = new AbortController();
      else await ask('SELECT 1');
    }
  }

  async function stay(): Promise<void> {
    while (posts.size > 0 && !ending.signal.aborted) {
      const opened = await openConnection({ ...connection, signal: ending.signal }).catch(() => undefined);
      // If the connection is lost, another replaces it.
      if (opened !== undefined) await sit(opened.client).catch(() => undefined);
      opened?.destroy();
      // Nobody should wait for a database that is unreachable.
      for (const key of waiting.keys()) answer(key);
      if (posts.size > 0) await pause(TRY_MS, ending.signal);
    }
    life = undefined;
    for (const key of waiting.keys()) answer(key);
  }

  return {
    async attend(runId, role) {
      const key = `${role} ${runId}`;
      const post = posts.get(key);
      posts.set(key, { runId, role, count: (post?.count ?? 0) + 1 });
      await nextLook(key);
      return {
        async release() {
          const count = (posts.get(key)?.count ?? 0) - 1;
          if (count > 0) posts.set(key, { runId, role, count });
          else posts.delete(key);
          // After the store is closed, no connection checks any more.
          if (life !== undefined && !ending.signal.aborted) await nextLook(key);
        },
      };
    },
    own: (ids) => ids.filter((id) => posts.has(`driving ${id}`)),
    async close() {
      ending.abort();
      await life;
    },
  };
}

/** The runs among `ids` that a live process attends to in this role. */
export async function attendedRuns(queries: Statements, ids: readonly string[], role: Role): Promise<ReadonlySet<string>> {
  const rows = await queryRows(
    queries,
    z.object({ id: z.string() }),
    Prisma.sql`
      SELECT r."id" FROM unnest(${[...ids]}::text[]) AS r ("id")
      WHERE EXISTS (
        SELECT FROM pg_locks l WHERE l."locktype" = 'advisory' AND l."granted" AND l."mode" = 'ShareLock'
          AND l."classid" = ${classes[role]}::integer::oid AND l."objid" = hashtext(r."id")::oid
          AND l."database" = (SELECT d."oid" FROM pg_database d WHERE d."datname" = current_database()))`,
  );
  return new Set(rows.map(({ id }) => id));
}

/**
 * SQL that is true if no live process drives the run, and none can begin to before the transaction ends: the transaction holds
 * the lock exclusively, and a process that wants to drive must wait for it. A driver attends before it moves the run, so this
 * never overwrites its move.
 */
export function nobodyDrives(runId: string): Prisma.Sql {
  return Prisma.sql`pg_try_advisory_xact_lock(${classes.driving}::integer, hashtext(${runId}))`;
}
