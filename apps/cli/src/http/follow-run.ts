import { setTimeout as sleep } from 'node:timers/promises';
import {
  runDetailsSchema,
  runEventDataSchema,
  toXaigridError,
  XaigridError,
  type RunEventData,
  type RunProgress,
  type RunState,
} from '@xaigrid/contracts';
import type { Client } from './client.js';
import { serverSentEvents } from './server-sent-events.js';

export interface FollowOptions {
  readonly onProgress: (progress: RunProgress, state: RunState) => void;
  readonly signal: AbortSignal;
}

export interface Patience {
  /** Between two attempts to connect again. Default 1 s. */
  readonly retryMs?: number;
  /** How long the server may be away while a run is followed. Default a minute. */
  readonly awayMs?: number;
  /** A connection on which nothing came for so long, not even a heartbeat, counts as cut. Default 45 s. */
  readonly silentMs?: number;
}

/** Errors after which the same request may well succeed: the server or its store is being started again. */
const passing = new Set(['SERVER_UNREACHABLE', 'DATABASE_UNREACHABLE', 'QUEUE_UNREACHABLE', 'RATE_LIMITED']);

/**
 * Follows a run by server-sent events until it is over or the signal is aborted, and connects again when the stream is cut.
 * @throws SERVER_UNREACHABLE when the server stays away.
 */
export async function followRun(
  client: Client,
  reference: string,
  options: FollowOptions,
  patience: Patience = {},
): Promise<RunState> {
  const { retryMs = 1_000, awayMs = 60_000, silentMs = 45_000 } = patience;
  const { signal } = options;
  const run = await client.json(runDetailsSchema, `/v1/runs/${encodeURIComponent(reference)}`);
  let state: RunState = run.state;
  let lastContact = performance.now();
  while (!signal.aborted) {
    const connection = await connect(client, run.id, signal, silentMs);
    if (connection instanceof XaigridError) {
      if (!passing.has(connection.code) || performance.now() - lastContact > awayMs) throw connection;
    } else {
      for await (const event of connection) {
        lastContact = performance.now();
        if (event === undefined) continue;
        state = event.state;
        options.onProgress(event.progress, event.state);
        if (event.over) return state;
      }
    }
    await sleep(retryMs, undefined, { signal }).catch(() => undefined);
  }
  return state;
}

type FollowEvent = RunEventData & { readonly over: boolean };

/** One connection's events, `undefined` for a heartbeat; or why there is none. It ends, and never throws, when the connection is cut. */
async function connect(
  client: Client,
  runId: string,
  signal: AbortSignal,
  silentMs: number,
): Promise<AsyncGenerator<FollowEvent | undefined> | XaigridError> {
  const silent = new AbortController();
  const watchdog = setTimeout(() => silent.abort(), silentMs);
  try {
    const response = await client.request(`/v1/runs/${runId}/events`, {
      signal: AbortSignal.any([signal, silent.signal]),
      timeoutMs: Infinity,
    });
    return events(response, watchdog, silent);
  } catch (error) {
    clearTimeout(watchdog);
    return toXaigridError(error);
  }
}

async function* events(
  response: Response,
  watchdog: NodeJS.Timeout,
  connection: AbortController,
): AsyncGenerator<FollowEvent | undefined> {
  const source = serverSentEvents(response.body ?? new ReadableStream<Uint8Array>());
  try {
    for (;;) {
      const next = await source.next().catch(() => undefined);
      if (next === undefined || next.done === true) return;
      watchdog.refresh();
      const { event, data } = next.value;
      yield event === 'progress' || event === 'end' ? { ...parseEvent(data), over: event === 'end' } : undefined;
    }
  } finally {
    clearTimeout(watchdog);
    connection.abort();
  }
}

/** @throws MESSAGE_INVALID */
function parseEvent(data: string): RunEventData {
  const parsed = runEventDataSchema.safeParse(parseJson(data));
  if (parsed.success) return parsed.data;
  throw new XaigridError(
    'MESSAGE_INVALID',
    'The orchestrator reports progress in another form. Use the same version of xaigrid on both sides.',
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
