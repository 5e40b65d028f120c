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
