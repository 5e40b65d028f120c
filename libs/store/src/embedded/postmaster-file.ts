import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { link, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** What a running server writes about itself in `postmaster.pid`. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number | undefined;
  /** `starting`, `stopping`, `ready` or `standby`; empty while the file is being written. */
  readonly status: string;
}

/** @returns undefined if there is no such file, or only a part of it yet */
export async function readPostmaster(dataFolder: string): Promise<Postmaster | undefined> {
  const text = await readFile(postmasterFile(dataFolder), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : parse(text);
}

export function postmasterFile(dataFolder: string): string {
  return join(dataFolder, 'postmaster.pid');
}

/** The lines are: pid, data folder, start time, port, socket folder, address, shared memory, status. */
function parse(text: string): Postmaster | undefined {
  const lines = text.split('\n');
  const pid = Number.parseInt(lines[0] ?? '', 10);
  if (!(pid > 0)) return undefined;
  const port = Number.parseInt(lines[3] ?? '', 10);
  return { pid, port: Number.isInteger(port) ? port : undefined, status: (lines[7] ?? '').trim() };
}

/**
 * Whether the process with that id is alive and is the server of that folder. After a crash of the machine, the id in a stale
 * file may belong to another program; then Postgres refuses to start over the file.
 */
export function isServerOf(dataFolder: string, pid: number): boolean {
  if (!isAlive(pid)) return false;
  const command = commandOf(pid);
  return command === undefined || command.includes(dataFolder);
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: the process is alive and belongs to another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function commandOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8');
  } catch {
    const { status, stdout } = spawnSync('ps', ['-p', String(pid), '-o', 'command='], { encoding: 'utf8' });
    return status === 0 ? stdout : undefined;
  }
}

/**
 * Removes a file that names a process which is not our server. If another process replaced the file meanwhile, it is put back.
 */
export async function removeStalePostmaster(dataFolder: string, stale: Postmaster): Promise<void> {
  const file = postmasterFile(dataFolder);
  const aside = `${file}.stale-${String(process.pid)}`;
  await rename(file, aside).catch(() => undefined);
  const moved = parse(await readFile(aside, 'utf8').catch(() => ''));
  if (moved !== undefined && moved.pid !== stale.pid) await link(aside, file).catch(() => undefined);
  await rm(aside, { force: true });
}
