import type { Cluster } from './cluster.js';
import type { BinaryName, RunningProcess } from './processes.js';

/** A process that is restarted whenever it ends, as by Kubernetes or systemd. */
export interface Supervised {
  /** The current process. Undefined while the next one is not there yet. */
  readonly current: () => RunningProcess | undefined;
  /** Everything that all its processes wrote. */
  readonly log: () => string;
  /** The last output of processes that ended without a signal. */
  readonly leftByItself: () => readonly string[];
  /** Ends the supervision, and the process with SIGTERM. */
  readonly end: () => Promise<void>;
}

export function keepRunning(
  cluster: Pick<Cluster, 'launch'>,
  name: Exclude<BinaryName, 'xaigrid'>,
  environment: Readonly<Record<string, string>> = {},
): Supervised {
  const processes: RunningProcess[] = [];
  const left: string[] = [];
  const ending = new AbortController();
  const ended = (): boolean => ending.signal.aborted;
  const life = (async () => {
    while (!ended()) {
      const process = await cluster.launch(name, environment);
      processes.push(process);
      const { status, stderr } = await process.finished;
      if (status !== null && !ended()) left.push(`${name} ended with ${status}: ${stderr.trim().split('\n').at(-1) ?? ''}`);
    }
  })();
  return {
    current: () => processes.findLast(({ child }) => child.exitCode === null && child.signalCode === null),
    leftByItself: () => [...left],
    log: () => processes.map((process) => process.stderr()).join(''),
    async end() {
      ending.abort();
      for (const process of processes) process.kill('SIGTERM');
      await life;
    },
  };
}
