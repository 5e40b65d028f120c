import type pg from 'pg';
import { z } from 'zod';
import { inTime, pause } from '../connection/in-time.js';
import { openConnection, type ConnectOptions } from '../connection/open-client.js';
import { Prisma, type Statements } from '../sql/prisma.js';
import { queryRows } from '../sql/rows.js';

/** What a live process does for a run: drives it, or drives it no more and finishes what it has in hand. */
export type Role = 'driving' | 'stopping';

/** The classes of the session-level advisory locks, one a run, that say so. Next to the leader's number. */
const classes: Readonly<Record<Role, number>> = { driving: 72_707_372, stopping: 72_707_373 };

/** Between two tries to connect. */
const TRY_MS = 1_000;
const HEARTBEAT_MS = 2_000;
/** Without an answer for so long the connection is given up, and another is made. */
const ANSWER_MS = 8_000;
/** Postgres ends the session of a process that is frozen or cut off after hearing nothing for so long. */
const SESSION_MS = 10_000;

export interface Attending {
  /** Resolves when nobody can see it any more, unless the process attends for another reason too. */
  readonly release: () => Promise<void>;
}

/** Which runs this process attends to, for all to see. */
export interface Attendance {
  attend(runId: string, role: Role): Promise<Attending>;
  /** Those of the runs that this process drives, also while it cannot show it. */
  readonly own: (ids: readonly string[]) => string[];
  close(): Promise<void>;
}

interface Post {
  readonly runId: string;
  readonly role: Role;
}

/**
 * Holds a shared advisory lock for each run that this process drives, all on one connection of its own, which is there while it drives
 * any. The lock goes with the connection, and so with the process: at once when it is killed, after `SESSION_MS` when it is frozen or
 * cut off. No clock takes part, neither this machine's nor the database's. It hinders nobody: several may drive a run.
 */
export function createAttendance(connection: ConnectOptions): Attendance {
  const posts = new Map<string, Post & { count: number }>();
  /** Who waits until a post is seen, or is seen no more. */
  const waiting = new Map<string, (() => void)[]>();
  const ending = new AbortController();
  let bell = new AbortController();
  let life: Promise<void> | undefined;

  function answer(key: string): void {
    for (const resolve of waiting.get(key) ?? []) resolve();
    waiting.delete(key);
  }

  /** Resolves at the connection's next look at this post, or when it cannot look for now. */
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
      // What changed while Postgres was asked is for the next look, for which the bell has rung.
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
      // Lost: another connection takes its place.
      if (opened !== undefined) await sit(opened.client).catch(() => undefined);
      opened?.destroy();
      // Whoever waits shall not wait for a database that is away.
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
          // When the store is closed nobody looks any more.
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

/** Those of the runs that a live process attends to so. */
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
 * SQL that is true where no live process drives the run, and none begins to before the transaction ends: it holds the lock alone, for which
 * whoever wants to drive waits. Who drives attends before he moves the run, so that this never overwrites his move.
 */
export function nobodyDrives(runId: string): Prisma.Sql {
  return Prisma.sql`pg_try_advisory_xact_lock(${classes.driving}::integer, hashtext(${runId}))`;
}
