import { closeSync, mkdtempSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Model } from '@xaigrid/graph';
import { sharedMemories } from './share-weights.js';

/** Shared weights as a file. ONNX Runtime maps it into memory instead of copying the weights into every session. */
export interface WeightsFile {
  readonly folder: string;
  readonly name: string;
  /** The offset of each memory in the file. */
  readonly offsets: ReadonlyMap<SharedArrayBuffer, number>;
}

/** A weights file that the caller holds. */
export interface HeldWeightsFile {
  readonly file: WeightsFile;
  /** Releases the file. It is deleted once nobody holds it; sessions that have mapped it keep their mapping. */
  release(): void;
}

interface Written {
  readonly file: WeightsFile;
  readonly path: string;
  holders: number;
}

const PREFIX = 'xaigrid-weights-';
/** The bytes of one write. A write of more than 2 GiB is refused. */
const PIECE = 256 * 2 ** 20;
/** The alignment of each memory in the file: whole cache lines are faster to read. */
const ALIGNMENT = 64;

/** The written files by the first memory of a model: models share all memories or none. */
const written = new Map<SharedArrayBuffer, Written>();
let folder: string | undefined;
let files = 0;

/**
 * Writes a model's shared weights into a temporary file, once per process.
 * @returns undefined if the model's weights are not shared, or if there is no space; then sessions copy the weights
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

/** Makes the folder of this process, named after it and deleted with it. */
function makeFolder(): string {
  removeLeftFolders();
  const made = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`));
  process.once('exit', () => rmSync(made, { recursive: true, force: true }));
  return made;
}

/** Deletes the folders of processes that were killed. */
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
    // A process of another user exists, but may not be signalled.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
