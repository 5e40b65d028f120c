import { closeSync, mkdtempSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Model } from '@xaigrid/graph';
import { sharedMemories } from './share-weights.js';

/** Shared weights as a file, which ONNX Runtime maps into memory instead of copying them into every session. */
export interface WeightsFile {
  readonly folder: string;
  readonly name: string;
  /** Where in it what the memory holds begins. */
  readonly offsets: ReadonlyMap<SharedArrayBuffer, number>;
}

export interface HeldWeightsFile {
  readonly file: WeightsFile;
  /** The file goes when nobody holds it any more; sessions that have mapped it keep what they have. */
  release(): void;
}

interface Written {
  readonly file: WeightsFile;
  readonly path: string;
  holders: number;
}

const PREFIX = 'xaigrid-weights-';
/** What one call writes: more than 2 GiB at once is refused. */
const PIECE = 256 * 2 ** 20;
/** Where each memory begins: what reads them from a file likes whole cache lines. */
const ALIGNMENT = 64;

/** By the first memory of a model: models share all of them or none. */
const written = new Map<SharedArrayBuffer, Written>();
let folder: string | undefined;
let files = 0;

/**
 * Writes a model's shared weights into a temporary file, once a process.
 * @returns undefined for a model whose weights are not shared, and where there is no room: sessions then have copies of them
 */
export function holdWeightsFile(model: Pick<Model, 'graph'>): HeldWeightsFile | undefined {
  const memories = [...sharedMemories(model)];
  const [first] = memories;
  if (first === undefined) return undefined;
  let held = written.get(first);
  if (held === undefined) {
    held = write(memories);
    if (held === undefined) return undefined;
    written.set(first, held);
  }
  const { file, path } = held;
  held.holders++;
  let holding: Written | undefined = held;
  return {
    file,
    release() {
      if (holding === undefined) return;
      if (--holding.holders === 0) {
        written.delete(first);
        rmSync(path, { force: true });
      }
      holding = undefined;
    },
  };
}

function write(memories: readonly SharedArrayBuffer[]): Written | undefined {
  let path: string | undefined;
  try {
    folder ??= makeFolder();
    const name = `${files++}.bin`;
    path = join(folder, name);
    const offsets = new Map<SharedArrayBuffer, number>();
    const descriptor = openSync(path, 'wx', 0o600);
    try {
      let offset = 0;
      for (const memory of memories) {
        offsets.set(memory, offset);
        writeMemory(descriptor, memory, offset);
        offset += Math.ceil(memory.byteLength / ALIGNMENT) * ALIGNMENT;
      }
    } finally {
      closeSync(descriptor);
    }
    return { file: { folder, name, offsets }, path, holders: 0 };
  } catch {
    if (path !== undefined) rmSync(path, { force: true });
    return undefined;
  }
}

function writeMemory(descriptor: number, memory: SharedArrayBuffer, offset: number): void {
  for (let at = 0; at < memory.byteLength;) {
    const piece = new Uint8Array(memory, at, Math.min(PIECE, memory.byteLength - at));
    at += writeSync(descriptor, piece, 0, piece.length, offset + at);
  }
}

/** One a process, named after it and removed with it. */
function makeFolder(): string {
  removeLeftFolders();
  const made = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`));
  process.once('exit', () => rmSync(made, { recursive: true, force: true }));
  return made;
}

/** Removes the folders of processes that were killed. */
export function removeLeftFolders(): void {
  for (const name of readdirSync(tmpdir())) {
    const owner = name.startsWith(PREFIX) ? Number.parseInt(name.slice(PREFIX.length), 10) : NaN;
    if (!Number.isNaN(owner) && !isAlive(owner)) rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's process may not be asked.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
