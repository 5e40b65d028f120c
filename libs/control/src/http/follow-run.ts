import { setTimeout as sleep } from 'node:timers/promises';
import {
  operations,
  pathOf,
  runEventDataSchema,
  XaigridError,
  type RunEventData,
  type RunProgress,
  type RunState,
} from '@xaigrid/contracts';
import type { Client } from './client.js';
import { serverSentEvents } from './server-sent-events.js';

export interface FollowOptions {
  readonly onProgress: (progress: RunProgress, state: RunState, waits: readonly string[]) => void;
  readonly signal: AbortSignal;
}

export interface FollowPatience {
  /** Between the end of one connection and the next. Default 1 s. */
  readonly retryMs?: number;
  /** A connection without data for so many milliseconds, not even a heartbeat, counts as cut. Default: 45 s. */
  readonly stalledMs?: number;
}

/**
 * Follows a run by server-sent events until it is over or the signal is aborted. If the stream is cut, it connects again.
 * @throws SERVER_UNREACHABLE if the server is away for longer than the client waits
 */
export async function followRun(
  client: Client,
  reference: string,
  options: FollowOptions,
  patience: FollowPatience = {},
): Promise<RunState> {
  const { retryMs = 1_000, stalledMs = 45_000 } = patience;
  const { signal } = options;
  const run = await client.call(operations.showRun, { params: { id: reference } });
  let state: RunState = run.state;
  while (!signal.aborted) {
    const connection = await connect(client, run.id, signal, stalledMs);
    for await (const event of connection) {
      if (event === undefined) continue;
      state = event.state;
      options.onProgress(event.progress, event.state, event.waits ?? []);
      if (event.over) return state;
    }
    await sleep(retryMs, undefined, { signal }).catch(() => undefined);
  }
  return state;
}

type FollowEvent = RunEventData & { readonly over: boolean };

/**
 * The events of one connection; undefined for a heartbeat. If the connection is cut, the generator ends without an error.
 * @throws SERVER_UNREACHABLE
 */
async function connect(
  client: Client,
  runId: string,
  signal: AbortSignal,
  stalledMs: number,
): Promise<AsyncGenerator<FollowEvent | undefined>> {
  const connection = new AbortController();
  try {
    const response = await client.request(pathOf(operations.events, { id: runId }), {
      signal: AbortSignal.any([signal, connection.signal]),
      ...{ streamed: true, timeoutMs: stalledMs },
    });
    return events(response, connection, stalledMs);
  } catch (error) {
    if (signal.aborted) return nothing();
    throw error;
  }
}

async function* nothing(): AsyncGenerator<never> {
  // The follower was aborted, so there are no events.
}

async function* events(
  response: Response,
  connection: AbortController,
  stalledMs: number,
): AsyncGenerator<FollowEvent | undefined> {
  const watchdog = setTimeout(() => connection.abort(), stalledMs);
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
