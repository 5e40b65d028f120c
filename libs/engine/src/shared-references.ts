import { createHash } from 'node:crypto';
import { sizeOf, type Tensor } from '@xaigrid/tensor';

/** References in memory that every engine thread of this process can read. */
export interface SharedReferences {
  readonly tensor: Tensor;
  /** Releases the memory. It is freed once nobody uses it. */
  release(): void;
}

interface Shared {
  readonly memory: SharedArrayBuffer;
  users: number;
}

const shared = new Map<string, Shared>();

/**
 * A tensor of zeros in memory that all engine threads of this process can read. It is for references: fill it before the first
 * engine gets it, and only read it from then on.
 */
export function sharedTensor(shape: readonly number[]): Tensor {
  const memory = new SharedArrayBuffer(Float32Array.BYTES_PER_ELEMENT * sizeOf(shape));
  return { shape, data: valuesIn(memory) };
}

/** Only `pack` and the feeds of ONNX Runtime must distinguish shared memory from a tensor's own. */
function valuesIn(memory: SharedArrayBuffer): Tensor['data'] {
  const values: Float32Array = new Float32Array(memory);
  return values as Tensor['data'];
}

/**
 * Puts references into shared memory. Equal references are held once per process, however many engines explain with them: the
 * report's 496 images are 285 MiB. They must not be written to.
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

/** Whether threads share the memory of an array. Such an array is neither copied nor moved to a thread. */
export function isShared(array: { readonly buffer: ArrayBufferLike }): boolean {
  return array.buffer instanceof SharedArrayBuffer;
}
