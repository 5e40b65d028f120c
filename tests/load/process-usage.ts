import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** What the kernel says of a process and, where asked, of its children, those that ended included. Linux only. */
export interface Usage {
  readonly cpuSeconds: number;
  /** Memory of its own; of what several processes share, each has its part. */
  readonly mebibytes: number;
  /** The most of its own and shared memory that it ever had; of the first process only. */
  readonly peakMebibytes: number;
}

/** Ticks a second of /proc/PID/stat: 100 on every Linux of today, whatever its kernel's own. */
const TICKS = 100;

export async function usageOf(processId: number, options: { readonly children?: boolean } = {}): Promise<Usage> {
  const own = await ofOne(processId);
  if (options.children !== true) return own;
  const children = (await readText(`/proc/${processId}/task/${processId}/children`))
    .trim()
    .split(' ')
    .filter(Boolean)
    .map(Number);
  const alive = await Promise.all(children.map(ofOne));
  return {
    cpuSeconds: own.cpuSeconds + own.endedSeconds + sum(alive.map(({ cpuSeconds }) => cpuSeconds)),
    mebibytes: own.mebibytes + sum(alive.map(({ mebibytes }) => mebibytes)),
    peakMebibytes: own.peakMebibytes,
  };
}

async function ofOne(processId: number): Promise<Usage & { readonly endedSeconds: number }> {
  const [line, status, memory] = await Promise.all(
    ['stat', 'status', 'smaps_rollup'].map((name) => readText(`/proc/${processId}/${name}`)),
  );
  // After the name in brackets, which may hold spaces, fields count from 3; see proc(5).
  const fields = (line ?? '').slice((line ?? '').lastIndexOf(')') + 2).split(' ');
  const seconds = (field: number): number => Number(fields[field - 3] ?? 0) / TICKS;
  return {
    cpuSeconds: seconds(14) + seconds(15),
    endedSeconds: seconds(16) + seconds(17),
    mebibytes: kibibytes(memory ?? '', 'Pss') / 1024,
    peakMebibytes: kibibytes(status ?? '', 'VmHWM') / 1024,
  };
}

function kibibytes(text: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0);
}

/** Empty for a process that has ended. */
function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}

export async function folderMebibytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const sizes = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async (entry) => {
        const found = await stat(join(entry.parentPath, entry.name)).catch(() => undefined);
        return found === undefined ? 0 : found.blocks * 512;
      }),
  );
  return sum(sizes) / 2 ** 20;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
