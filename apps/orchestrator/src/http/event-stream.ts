import type { RunEventData } from '@xaigrid/contracts';
import { Readable } from 'node:stream';
import type { ProgressHub } from './progress-hub.js';

export interface EventStreamOptions {
  /** The least milliseconds between two `progress` events. The next event covers what happens in between. Default 200. */
  readonly shortestMs?: number;
  /** After this many milliseconds without an event, a comment is sent, so that proxies keep the connection. Default 15 000. */
  readonly heartbeatMs?: number;
}

/** How long a client waits before it reconnects. */
const RETRY_MS = 2_000;

/**
 * A run's progress as server-sent events: `progress` while it is active, `end` once it is over. A slow reader gets the latest
 * state when it is ready, so nothing piles up. A stream that ends without `end` was cut off; the client should reconnect.
 * Destroying the stream frees everything.
 */
export function progressEventStream(hub: ProgressHub, runId: string, options: EventStreamOptions = {}): Readable {
  const { shortestMs = 200, heartbeatMs = 15_000 } = options;
  let pending: string | undefined;
  let lastSent: string | undefined;
  let pause: NodeJS.Timeout | undefined;
  let soon: NodeJS.Immediate | undefined;
  let readerIsReady = false;
  let over = false;

  function send(text: string): void {
    readerIsReady = stream.push(text);
    heartbeat.refresh();
  }

  function flush(): void {
    if (over || !readerIsReady || pending === undefined || pause !== undefined) return;
    lastSent = pending;
    pending = undefined;
    send(event('progress', lastSent));
    pause = setTimeout(() => {
      pause = undefined;
      flush();
    }, shortestMs);
  }

  const stream = new Readable({
    read() {
      readerIsReady = true;
      flush();
    },
    destroy(error, callback) {
      over = true;
      clearInterval(heartbeat);
      clearTimeout(pause);
      clearImmediate(soon);
      unsubscribe();
      callback(error);
    },
  });
  const heartbeat = setInterval(() => {
    if (!over && readerIsReady) send(': still here\n\n');
  }, heartbeatMs);
  send(`retry: ${RETRY_MS}\n\n`);
  const unsubscribe = hub.subscribe(runId, {
    onProgress(data) {
      const text = JSON.stringify(data);
      if (text === lastSent) return;
      pending = text;
      // Not at once, because the end of the run may follow immediately and contains the same.
      soon ??= setImmediate(() => {
        soon = undefined;
        flush();
      });
    },
    onEnd(last: RunEventData | undefined) {
      if (over) return;
      over = true;
      if (last !== undefined) stream.push(event('end', JSON.stringify(last)));
      stream.push(null);
    },
  });
  return stream;
}

function event(name: string, data: string): string {
  return `event: ${name}\ndata: ${data}\n\n`;
}
