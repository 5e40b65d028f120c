import { errorCatalogue } from '@xaigrid/contracts';

/** Signals that end a process by default: Ctrl-C, kill, a closed terminal. */
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
type EndingSignal = (typeof signals)[number];

export interface GiveBack {
  /** Aborted if the process is told to end before `hold` was called. */
  readonly signal: AbortSignal;
  /** After this, a signal calls `release` if nothing else listens for it, and then ends the process. */
  hold(release: () => Promise<void>): void;
  /** Stops listening. */
  dispose(): void;
}

/**
 * Releases what a command holds when a signal ends it midway: a Postgres that it started would otherwise survive it. If a command
 * listens for the signal itself, it is left alone, because it ends in its own orderly way. The same holds for a pager, which
 * handles Ctrl-C. A second signal ends the process at once.
 */
export function giveBackWhenEnded(): GiveBack {
  const starting = new AbortController();
  let release: (() => Promise<void>) | undefined;
  const onSignal = (signal: EndingSignal): void => {
    if (process.listenerCount(signal) > 1) return;
    if (starting.signal.aborted) end();
    starting.abort();
    // If something is still starting, `signal` stops it.
    release?.().then(end, end);
  };
  // A terminal that has closed no longer counts as one, so this is asked once, now.
  const heeded = hasTerminal() ? signals : signals.filter((signal) => signal !== 'SIGHUP');
  for (const signal of heeded) process.on(signal, onSignal);
  return {
    signal: starting.signal,
    hold(held) {
      release = held;
      if (starting.signal.aborted) held().then(end, end);
    },
    dispose() {
      for (const signal of heeded) process.off(signal, onSignal);
    },
  };
}

function end(): void {
  process.exit(errorCatalogue.INTERRUPTED.exitStatus);
}

/**
 * A closed terminal ends its processes. A process without a terminal must not end, from its first line to its last: `nohup` wants
 * that, and Node undoes nohup's setting (it resets the dispositions of all signals at its start).
 */
export function outliveTerminals(): void {
  if (!hasTerminal()) process.on('SIGHUP', () => undefined);
}

function hasTerminal(): boolean {
  return [process.stdin, process.stdout, process.stderr].some(({ isTTY }) => isTTY);
}
