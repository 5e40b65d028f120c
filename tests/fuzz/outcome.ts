import { readFileSync } from 'node:fs';
import { XaigridError } from '@xaigrid/contracts';
import { sampleRandom } from '@xaigrid/tensor';
import { mutate } from './mutate.js';
import { targetNames, type Target, type TargetName } from './targets.js';

/** One mutant may push the process's memory up by so much: 40 million pixels decoded are 160 MB. */
const MOST_RESIDENT = 512 * 2 ** 20;
/** And its addresses by so much: what is reserved and not touched, a thread's stack and heap among it. */
const MOST_VIRTUAL = 1024 * 2 ** 20;

/** The same bytes for the same arguments, on every machine. */
export function mutantOf(target: Target, name: TargetName, seed: number, index: number): Uint8Array {
  return mutate(target, sampleRandom(seed, index, targetNames.indexOf(name)));
}

/** What is wrong with how a target took a file; undefined when it parsed it or refused it as it should. */
export async function faultOf(target: Target, bytes: Uint8Array, index: number): Promise<string | undefined> {
  const before = peakMemory();
  try {
    await target.parse(bytes, index);
  } catch (error) {
    if (!(error instanceof XaigridError))
      return `threw ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
    if (!target.codes.includes(error.code)) return `refused with ${error.code}: ${error.message}`;
  }
  const after = peakMemory();
  const [resident, virtual] = [after.resident - before.resident, after.virtual - before.virtual];
  if (resident <= MOST_RESIDENT && virtual <= MOST_VIRTUAL) return undefined;
  const mebibytes = (size: number): number => Math.round(size / 2 ** 20);
  return `took ${mebibytes(resident)} MiB of memory and ${mebibytes(virtual)} MiB of addresses for ${bytes.length} bytes`;
}

/** The most memory this process ever had, in bytes, and the most addresses: what is reserved and not touched counts too. */
function peakMemory(): { readonly resident: number; readonly virtual: number } {
  if (process.platform !== 'linux') return { resident: process.resourceUsage().maxRSS * 1024, virtual: 0 };
  const status = readFileSync('/proc/self/status', 'latin1');
  const kilobytes = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0);
  return { resident: kilobytes('VmHWM') * 1024, virtual: kilobytes('VmPeak') * 1024 };
}
