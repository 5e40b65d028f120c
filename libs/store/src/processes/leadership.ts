import type pg from 'pg';
import { toStoreError } from '../connection/database-error.js';
import { parseDatabaseUrl } from '../connection/database-url.js';
import { inTime, pause } from '../connection/in-time.js';
import { openConnection, type ConnectOptions } from '../connection/open-client.js';

/** The session-level advisory lock of the leader. Its number follows that of the migrations. */
const leaderLock = 72_707_370;

/** How often a waiting process asks for the lock. */
const TRY_MS = 1_000;
/** How often the leader and Postgres confirm to each other that they are alive. */
const HEARTBEAT_MS = 2_000;
/** A leader that gets no answer for this long steps down. */
const ANSWER_MS = 8_000;
/**
 * After this long without a sign, Postgres ends the leader's session. This frees the lock of a leader that is frozen or cut off.
 * It is longer than `ANSWER_MS`, so that the old leader stops before another one can start.
 */
const SESSION_MS = 10_000;

/** What a process does when it becomes the leader. */
export interface CampaignOptions {
  /** Ends the term, or the wait for one. The lock is released after `onElected` has settled. */
  readonly signal: AbortSignal;
  /** Leads until `term` is aborted: when leadership is lost, or when `signal` is aborted. */
  readonly onElected: (term: AbortSignal) => Promise<void>;
  /** Called once each time that another process leads, or that leadership is lost. */
  readonly onNotice: (sentence: string) => void;
}

/**
 * Makes one of the processes that campaign on a database the leader, again and again, until the signal is aborted. The leader
 * holds an advisory lock on its own connection and loses it with the connection. If the leader dies, the next one leads within
 * `TRY_MS`; if it is frozen or cut off, within `SESSION_MS + TRY_MS`. The lock cannot stop work that a frozen leader had begun,
 * so a leader's work must be harmless when done twice.
 *
 * The connection must belong to one client: a pooler must pool sessions, not transactions.
 * @throws the errors of `onElected`
 */
export async function campaign(connection: ConnectOptions, options: CampaignOptions): Promise<void> {
  const { signal, onNotice } = options;
  const ended = (): boolean => signal.aborted;
  let noticed = '';
  const noticeOnce = (sentence: string): void => {
    if (sentence !== noticed) onNotice(sentence);
    noticed = sentence;
  };
  while (!signal.aborted) {
    const opened = await openConnection({ ...connection, signal }).catch((error: unknown) => {
      if (!ended()) noticeOnce(`It cannot be found out who leads. ${toStoreError(error, addressOf(connection)).message}`);
      return undefined;
    });
    try {
      if (opened !== undefined && (await waitForLock(opened.client, signal, noticeOnce))) {
        noticed = '';
        await hold(opened.client, options);
        if (ended()) await inTime(ANSWER_MS, opened.client.end()).catch(() => undefined);
        else onNotice('Leadership is lost: Postgres ended its session or does not answer.');
      }
    } finally {
      opened?.destroy();
    }
    await pause(TRY_MS, signal);
  }
}

function addressOf(connection: ConnectOptions): ReturnType<typeof parseDatabaseUrl> {
  return parseDatabaseUrl(connection.url);
}

/** @returns false if the signal was aborted or the connection was lost first */
async function waitForLock(client: pg.Client, signal: AbortSignal, notice: (sentence: string) => void): Promise<boolean> {
  try {
    await inTime(ANSWER_MS, client.query(`SELECT set_config('idle_session_timeout', '${SESSION_MS}', false)`));
    while (!signal.aborted) {
      const { rows } = await inTime(
        ANSWER_MS,
        client.query<{ held: boolean }>('SELECT pg_try_advisory_lock($1) AS held', [leaderLock]),
      );
      if (rows[0]?.held === true) return true;
      notice('Another orchestrator leads; this one waits to take over.');
      await pause(TRY_MS, signal);
    }
  } catch {
    // The connection was lost: campaign again on another one.
  }
  return false;
}

/** One term: leads, and watches the connection that holds the lock. */
async function hold(client: pg.Client, { signal, onElected }: CampaignOptions): Promise<void> {
  const lost = new AbortController();
  const over = new AbortController();
  const ends = AbortSignal.any([signal, over.signal]);
  const leading = onElected(AbortSignal.any([signal, lost.signal])).finally(() => {
    over.abort();
  });
  // Its failure is handled below; until then it must not count as unhandled.
  leading.catch(() => undefined);
  try {
    for (let confirmedAt = performance.now(); !ends.aborted;) {
      await pause(HEARTBEAT_MS, ends);
      // After a freeze, only the clock shows how much time has passed.
      const left = ANSWER_MS - (performance.now() - confirmedAt);
      const sentAt = performance.now();
      await inTime(left, client.query('SELECT 1'));
      confirmedAt = sentAt;
    }
  } catch {
    lost.abort();
  }
  await leading;
}
