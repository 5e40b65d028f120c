import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { until } from './recorder.js';

export interface ChildWorker {
  readonly said: (line: string) => boolean;
  readonly signal: (signal: NodeJS.Signals) => void;
  readonly kill: () => Promise<void>;
}

export interface ChildWorkerOptions {
  readonly server: string;
  readonly prefix: string;
  readonly ackWaitMs: number;
}

/** A real process with a consumer that holds on to its first task; resolves when it has one. */
export async function startChildWorker({ server, prefix, ackWaitMs }: ChildWorkerOptions): Promise<ChildWorker> {
  const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
  const loader = new URL('typescript-loader.mjs', import.meta.url).href;
  const child = spawn(
    process.execPath,
    ['--conditions=@xaigrid/source', '--import', loader, path('worker-process.ts'), server, prefix, String(ackWaitMs)],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await until(() => {
    if (child.exitCode !== null) throw new Error(`The worker process ended:\n${said}`);
    return said.includes('took');
  }, 'the worker process took a task');
  return {
    said: (line) => said.split('\n').includes(line),
    signal: (signal) => child.kill(signal),
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
}
