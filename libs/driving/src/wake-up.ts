/** Turns many events and a slow timer into one wait. */
export interface WakeUp {
  /** Ends the present wait, or the next one at once. */
  ring(): void;
  /** Resolves after a ring, after the interval, or when the signal is aborted; at most every `shortestMs`. */
  next(): Promise<void>;
  close(): void;
}

/** Progress events come in bursts; asking the store more often than this tells nobody anything. */
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
