import type { Cluster } from './cluster.js';
import type { BinaryName, RunningProcess } from './processes.js';

/** A process that is started again whenever it ends, as Kubernetes or systemd would. */
export interface Supervised {
  /** The process of this moment; undefined while the next one is not yet there. */
  readonly current: () => RunningProcess | undefined;
  /** Everything that all its processes said. */
  readonly log: () => string;
  /** The last words of processes that ended though no signal had told them to. */
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
