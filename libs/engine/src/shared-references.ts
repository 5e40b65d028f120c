import { createHash } from 'node:crypto';
import { sizeOf, type Tensor } from '@xaigrid/tensor';

/** References in memory that every engine thread of this process reads. */
export interface SharedReferences {
  readonly tensor: Tensor;
  /** Gives the memory up; it is freed when nobody uses it any more. */
  release(): void;
}

interface Shared {
  readonly memory: SharedArrayBuffer;
  users: number;
}

const shared = new Map<string, Shared>();

/**
 * Zeros in memory that all engine threads of this process read where it is: for references, to be filled before the first engine gets
 * them and only read from then on.
 */
export function sharedTensor(shape: readonly number[]): Tensor {
  const memory = new SharedArrayBuffer(Float32Array.BYTES_PER_ELEMENT * sizeOf(shape));
  return { shape, data: valuesIn(memory) };
}

/** Only `pack` and the feeds of ONNX Runtime need to tell shared memory from a tensor's own. */
function valuesIn(memory: SharedArrayBuffer): Tensor['data'] {
  const values: Float32Array = new Float32Array(memory);
  return values as Tensor['data'];
}

/**
 * Equal references are held once a process, however many engines explain with them: the report's 496 images are 285 MiB.
 * Only ever read.
 */
export function shareReferences(references: Tensor): SharedReferences {
  const { shape, data } = references;
  if (isShared(data)) return { tensor: references, release: () => undefined };
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const key = createHash('sha256').update(bytes).digest('hex');
  let found = shared.get(key);
  if (found === undefined) {
    found = { memory: new SharedArrayBuffer(data.byteLength), users: 0 };
    new Uint8Array(found.memory).set(bytes);
    shared.set(key, found);
  }
  found.users++;
  let holding: Shared | undefined = found;
  return {
    tensor: { shape, data: valuesIn(found.memory) },
    release() {
      if (holding !== undefined && --holding.users === 0) shared.delete(key);
      holding = undefined;
    },
  };
}

/** Whether an array's memory is shared between threads: it is neither copied nor moved on the way to one. */
export function isShared(array: { readonly buffer: ArrayBufferLike }): boolean {
  return array.buffer instanceof SharedArrayBuffer;
}
