/** Combines many events and a slow timer into one wait. */
export interface WakeUp {
  /** Ends the current wait, or else the next one at once. */
  ring(): void;
  /** Resolves after a ring, after the interval, or when the signal is aborted. Resolves at most once per `shortestMs`. */
  next(): Promise<void>;
  close(): void;
}

/** Progress events come in bursts. Asking the store more often would not help anybody. */
const SHORTEST_MS = 50;

export function createWakeUp(options: {
  readonly intervalMs: number;
  readonly signal: AbortSignal;
  readonly shortestMs?: number;
}): WakeUp {
  let rung = false;
  let wake: (() => void) | undefined;
  let last = -Infinity;
  const ring = (): void => {
    rung = true;
    wake?.();
  };
  options.signal.addEventListener('abort', ring, { once: true });

  function wait(milliseconds: number, until: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(done, Math.max(0, milliseconds));
      function done(): void {
        clearTimeout(timer);
        wake = undefined;
        resolve();
      }
      wake = () => {
        if (until()) done();
      };
    });
  }

  return {
    ring,
    async next() {
      const pause = last + (options.shortestMs ?? SHORTEST_MS) - performance.now();
      if (pause > 0) await wait(pause, () => options.signal.aborted);
      if (!rung && !options.signal.aborted) await wait(options.intervalMs, () => true);
      rung = false;
      last = performance.now();
    },
    close() {
      options.signal.removeEventListener('abort', ring);
      wake?.();
    },
  };
}
