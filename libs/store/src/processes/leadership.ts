import type pg from 'pg';
import { toStoreError } from '../connection/database-error.js';
import { parseDatabaseUrl } from '../connection/database-url.js';
import { inTime, pause } from '../connection/in-time.js';
import { openConnection, type ConnectOptions } from '../connection/open-client.js';

/** The session-level advisory lock that the leader holds; next to the migrations' number. */
const leaderLock = 72_707_370;

/** How often one who waits asks for the lock. */
const TRY_MS = 1_000;
/** How often the leader shows Postgres, and Postgres shows the leader, that both are there. */
const HEARTBEAT_MS = 2_000;
/** Without an answer for so long a leader gives up by itself. */
const ANSWER_MS = 8_000;
/**
 * Postgres ends the leader's session after hearing nothing for so long, which frees the lock of one that is frozen or cut off.
 * Longer than `ANSWER_MS`: the old leader stops before another can start.
 */
const SESSION_MS = 10_000;

export interface CampaignOptions {
  /** Ends the term or the waiting. The lock is given back after `onElected` has settled. */
  readonly signal: AbortSignal;
  /** Leads until `term` is aborted: leadership was lost, or `signal` was aborted. */
  readonly onElected: (term: AbortSignal) => Promise<void>;
  /** Says, once each time, that another leads or that leadership was lost. */
  readonly onNotice: (sentence: string) => void;
}

/**
 * Lets one process of all that campaign on a database lead at a time, as often as the lot falls to it, until the signal is aborted.
 * The leader holds an advisory lock on a connection of its own; it goes with the connection. When the leader dies the next one
 * leads within `TRY_MS`; when it is frozen or cut off, within `SESSION_MS + TRY_MS`. The lock cannot stop what a frozen leader had
 * begun: what leaders do must be harmless when done twice.
 *
 * Needs a connection that belongs to one client: a pooler must pool sessions, not transactions.
 * @throws what `onElected` throws
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

/** @returns false when the signal was aborted or the connection was lost first */
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
    // The connection was lost: campaign again on another.
  }
  return false;
}

/** One term: leads, and watches the connection that the lock lives on. */
async function hold(client: pg.Client, { signal, onElected }: CampaignOptions): Promise<void> {
  const lost = new AbortController();
  const over = new AbortController();
  const ends = AbortSignal.any([signal, over.signal]);
  const leading = onElected(AbortSignal.any([signal, lost.signal])).finally(() => {
    over.abort();
  });
  // Looked at below; until then its failure is no unhandled one.
  leading.catch(() => undefined);
  try {
    for (let confirmedAt = performance.now(); !ends.aborted;) {
      await pause(HEARTBEAT_MS, ends);
      // After a freeze the clock is the first to know.
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
