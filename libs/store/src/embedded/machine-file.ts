import { readFile, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

/** The machine that last started a server on a folder. */
export interface Machine {
  readonly name: string;
  /** Changes with every start of the machine, and is the same in all its containers; empty where the system has none (not Linux). */
  readonly boot: string;
}

function machineFile(folder: string): string {
  return join(folder, 'machine');
}

async function thisMachine(): Promise<Machine> {
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  return { name: hostname(), boot: boot.trim() };
}

/** Before a server is launched: others on a shared disk see whose it is. */
export async function signMachine(folder: string): Promise<void> {
  const { name, boot } = await thisMachine();
  await writeFile(machineFile(folder), `${name}\n${boot}\n`, { mode: 0o600 });
}

/**
 * The other machine that a folder's server was started on. Its `postmaster.pid` names a process that only that machine can see; Postgres
 * takes such a file for a stale one, starts a second server on the same data over a shared disk, and the data is lost.
 *
 * A machine that was restarted keeps its name; a container that was replaced on the same machine keeps the boot.
 * @returns undefined when it was this one, or nobody signed
 */
export async function otherMachine(folder: string): Promise<Machine | undefined> {
  const text = await readFile(machineFile(folder), 'utf8').catch(() => '');
  const [name = '', boot = '', end] = text.split('\n');
  if (end === undefined) return undefined;
  const here = await thisMachine();
  return name === here.name || (boot !== '' && boot === here.boot) ? undefined : { name, boot };
}
