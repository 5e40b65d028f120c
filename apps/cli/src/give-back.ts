import { errorCatalogue } from '@xaigrid/contracts';

/** What ends a process that does not say otherwise: Ctrl-C, kill, a terminal that closes. */
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
type EndingSignal = (typeof signals)[number];

export interface GiveBack {
  /** Aborted when the process is told to end before anything was held. */
  readonly signal: AbortSignal;
  /** From now on `release` is called when the process is told to end and nobody else listens; then it ends. */
  hold(release: () => Promise<void>): void;
  /** Stops listening. */
  dispose(): void;
}

/**
 * Sees to it that what a command has taken is given back when it is told to end in the middle: a Postgres that was started would outlive it. A
 * command that ends in an order of its own listens itself, and is left to it; so is a pager, whose Ctrl-C is. A second signal ends at once.
 */
export function giveBackWhenEnded(): GiveBack {
  const starting = new AbortController();
  let release: (() => Promise<void>) | undefined;
  const onSignal = (signal: EndingSignal): void => {
    if (process.listenerCount(signal) > 1) return;
    if (starting.signal.aborted) end();
    starting.abort();
    // What is starting gives up by its signal.
    release?.().then(end, end);
  };
  // A terminal that has closed is none any more: asked once, now.
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
 * A terminal that closes ends what is in it. What has none is not ended, from its first line to its last: `nohup` wants that, and Node undoes
 * what nohup does (it sets the dispositions of all signals back as it starts).
 */
export function outliveTerminals(): void {
  if (!hasTerminal()) process.on('SIGHUP', () => undefined);
}

function hasTerminal(): boolean {
  return [process.stdin, process.stdout, process.stderr].some(({ isTTY }) => isTTY);
}
