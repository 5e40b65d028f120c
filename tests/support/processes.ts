import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const binaries = {
  xaigrid: 'apps/cli/bin/xaigrid.js',
  'xaigrid-orchestrator': 'apps/orchestrator/bin/xaigrid-orchestrator.js',
  'xaigrid-explainer-worker': 'apps/explainer-worker/bin/xaigrid-explainer-worker.js',
  'xaigrid-metrics-worker': 'apps/metrics-worker/bin/xaigrid-metrics-worker.js',
  'older-explainer-worker': 'tests/faults/older-explainer-worker.mjs',
  'older-metrics-worker': 'tests/faults/older-metrics-worker.mjs',
  'pretend-explainer-worker': 'tests/load/pretend-explainer-worker.mjs',
  'pretend-metrics-worker': 'tests/load/pretend-metrics-worker.mjs',
} as const;
export type BinaryName = keyof typeof binaries;

export const repository = fileURLToPath(new URL('../..', import.meta.url));

export interface Finished {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningProcess {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
  stdout(): string;
  stderr(): string;
  /** Waits until stderr or stdout contains the text. */
  says(text: string | RegExp): Promise<void>;
  kill(signal: NodeJS.Signals): void;
}

export interface StartOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly folder?: string;
  readonly input?: string;
  /** A program with its arguments that runs the process as its child, such as a tracer. */
  readonly under?: readonly string[];
}

/** Variables of the caller's shell that would change what a process does. */
const cleared = [
  ...['DATABASE_URL', 'NATS_URL', 'XAIGRID_SERVER', 'XAIGRID_TOKEN', 'XAIGRID_STORE', 'XAIGRID_CACHE_DIR'],
  ...['SUDO_UID', 'FORCE_COLOR', 'CI'],
];

/**
 * The environment of a program that a test starts in its own folder. The home folder of the user is inside that folder. Without a
 * folder it is a place where nothing can be created, so that a test that names no store fails.
 */
export function childEnvironment(folder: string | undefined): Record<string, string | undefined> {
  const home = folder ?? '/dev/null';
  return {
    ...Object.fromEntries(Object.entries(process.env).filter(([key]) => !cleared.includes(key))),
    XDG_DATA_HOME: join(home, '.local', 'share'),
    XDG_CACHE_HOME: join(home, '.cache'),
  };
}

/** Starts one of the built programs as a user would, with node and an environment of its own. */
export function start(name: BinaryName, args: readonly string[] = [], options: StartOptions = {}): RunningProcess {
  const [program, ...before] = [...(options.under ?? []), process.execPath];
  const child = spawn(program, [...before, `${repository}${binaries[name]}`, ...args], {
    cwd: options.folder ?? repository,
    env: { ...childEnvironment(options.folder), ...options.environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.end(options.input ?? '');
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const finished = once(child, 'close').then(() => ({ status: child.exitCode, stdout, stderr }));
  return {
    child,
    finished,
    stdout: () => stdout,
    stderr: () => stderr,
    async says(text) {
      const matches = (): boolean =>
        [stdout, stderr].some((output) => (typeof text === 'string' ? output.includes(text) : text.test(output)));
      while (!matches()) {
        if (child.exitCode !== null || child.signalCode !== null)
          throw new Error(`${name} ended before it said ${String(text)}:\n${stdout}${stderr}`);
        await delay(20);
      }
    },
    kill: (signal) => void child.kill(signal),
  };
}

/** Runs a program to its end. */
export function finish(name: BinaryName, args: readonly string[] = [], options: StartOptions = {}): Promise<Finished> {
  return start(name, args, options).finished;
}
