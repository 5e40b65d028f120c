/** What the operating system asked for. */
export interface Shutdown {
  /** Aborted at the first SIGINT or SIGTERM: finish what is in hand, take nothing new. */
  readonly drain: AbortSignal;
  /** Aborted at the second: stop at once. */
  readonly stop: AbortSignal;
  /** Stops listening. */
  dispose(): void;
}

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

/** The longest time a timer takes. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * As `aborted`, and until then the process stays alive. Neither a listener for signals nor an idle connection keeps it so: Node ends a
 * process that has nothing else to wait for, whatever it has open (exit status 13).
 */
export async function stayUntilAborted(signal: AbortSignal): Promise<void> {
  const hold = setInterval(() => undefined, LONGEST_MS);
  try {
    await aborted(signal);
  } finally {
    clearInterval(hold);
  }
}
