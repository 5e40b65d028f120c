import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { XaigridError } from '@xaigrid/contracts';
import type { Binaries } from './binaries.js';
import { serverSettings } from './server-settings.js';
import type { ServerUser } from './server-user.js';

export interface ServerProcess {
  readonly pid: number;
  /** Whether the process has ended. */
  readonly ended: () => boolean;
  /** What it has logged since its launch. */
  readonly log: () => string;
}

/** The environment of Postgres programs: ours without variables that would configure them unnoticed. */
export function serverEnvironment(): NodeJS.ProcessEnv {
  const ours = Object.entries(process.env).filter(([name]) => !name.startsWith('PG') && !name.startsWith('LC_'));
  return { ...Object.fromEntries(ours), LC_ALL: 'C' };
}

export function serverLogFile(folder: string): string {
  return join(folder, 'postgres.log');
}

/**
 * Launches a server in a session of its own, so that Ctrl-C reaches us and not the server. It is stopped properly after the last
 * commit. If we are killed it keeps running, and the next process attaches to it.
 */
export async function launchServer(options: {
  readonly folder: string;
  readonly dataFolder: string;
  readonly binaries: Binaries;
  readonly user: ServerUser | undefined;
}): Promise<ServerProcess> {
  const logFile = serverLogFile(options.folder);
  rotate(logFile);
  const port = await freePort();
  const descriptor = openSync(logFile, 'a', 0o600);
  try {
    const logStart = statSync(logFile).size;
    const child = spawn(options.binaries.postgres, ['-D', options.dataFolder, ...serverSettings(port)], {
      ...options.user?.ids,
      cwd: '/',
      env: serverEnvironment(),
      detached: true,
      stdio: ['ignore', descriptor, descriptor],
    });
    let failure: Error | undefined;
    child.once('error', (error) => (failure = error));
    child.unref();
    const { pid } = child;
    if (pid === undefined) {
      await new Promise((resolve) => child.once('error', resolve));
      throw new XaigridError(
        'DATABASE_UNREACHABLE',
        `The embedded Postgres cannot be launched: ${failure?.message ?? 'unknown reason'}.`,
      );
    }
    return {
      pid,
      ended: () => child.exitCode !== null || child.signalCode !== null,
      log: () => readFileSync(logFile).subarray(logStart).toString('utf8'),
    };
  } finally {
    closeSync(descriptor);
  }
}

const longestLog = 8 * 1024 * 1024;

function rotate(logFile: string): void {
  try {
    if (statSync(logFile).size > longestLog) renameSync(logFile, `${logFile}.1`);
  } catch {
    // There is no log yet, or another process has just moved it.
  }
}

/** A port that is free at this moment. If another program takes it before the server does, the server is launched again. */
async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', resolve);
  });
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === 'string') throw new XaigridError('INTERNAL', 'A TCP listener has no port.');
  return address.port;
}
