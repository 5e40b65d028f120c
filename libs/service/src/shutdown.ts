/** What the operating system asked of this process. */
export interface Shutdown {
  /** Aborted at the first SIGINT or SIGTERM: finish the current work, take nothing new. */
  readonly drain: AbortSignal;
  /** Aborted at the second SIGINT or SIGTERM: stop at once. */
  readonly stop: AbortSignal;
  /** Stops listening. */
  dispose(): void;
}

/** Starts to listen for SIGINT and SIGTERM. */
export function listenForShutdown(): Shutdown {
  const drain = new AbortController();
  const stop = new AbortController();
  const onSignal = (): void => {
    if (drain.signal.aborted) stop.abort();
    else drain.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return {
    drain: drain.signal,
    stop: stop.signal,
    dispose() {
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
    },
  };
}

/** Resolves when the signal is aborted; at once when it already is. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** The longest time that a timer accepts. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * Resolves when the signal is aborted, and keeps the process alive until then. Node ends a process that waits for nothing else
 * (exit status 13): listeners for signals and idle connections do not keep it alive.
 */
export async function stayUntilAborted(signal: AbortSignal): Promise<void> {
  const hold = setInterval(() => undefined, LONGEST_MS);
  try {
    await aborted(signal);
  } finally {
    clearInterval(hold);
  }
}
