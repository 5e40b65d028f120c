import { readFile, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

/** The machine that last started a server on a folder. */
export interface Machine {
  readonly name: string;
  /** Changes with every boot of the machine, and is the same in all its containers. Empty if the system has none (not Linux). */
  readonly boot: string;
}

function machineFile(folder: string): string {
  return join(folder, 'machine');
}

async function thisMachine(): Promise<Machine> {
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  return { name: hostname(), boot: boot.trim() };
}

/** Writes the name of this machine before a server is launched, so that others on a shared disk see it. */
export async function signMachine(folder: string): Promise<void> {
  const { name, boot } = await thisMachine();
  await writeFile(machineFile(folder), `${name}\n${boot}\n`, { mode: 0o600 });
}

/**
 * The other machine that a folder's server was started on. The process id in `postmaster.pid` has a meaning only on that machine.
 * Postgres would take the file for a stale one and start a second server on the same data over a shared disk, and the data would
 * be lost.
 *
 * A machine that was restarted keeps its name. A replaced container on the same machine keeps the boot id.
 * @returns undefined if it was this machine, or if no machine is noted
 */
export async function otherMachine(folder: string): Promise<Machine | undefined> {
  const text = await readFile(machineFile(folder), 'utf8').catch(() => '');
  const [name = '', boot = '', end] = text.split('\n');
  if (end === undefined) return undefined;
  const here = await thisMachine();
  return name === here.name || (boot !== '' && boot === here.boot) ? undefined : { name, boot };
}
