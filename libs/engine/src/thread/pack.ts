import { isShared } from '../shared-references.js';

/** A value for `postMessage`, and the buffers to move with it. */
export interface Packed<Value> {
  readonly value: Value;
  readonly transfer: ArrayBuffer[];
}

/**
 * Copies every typed array in `value` into its own buffer, which is moved. Posting an array itself would copy the whole buffer
 * behind it (a batch is often a view of a data set), and moving that buffer would take it from its owner. Shared memory is passed
 * as it is.
 */
export function packCopies<Value>(value: Value): Packed<Value> {
  return pack(value, (array) => array.slice());
}

/** Like `packCopies`, but arrays that fill their buffer are moved without a copy: for results that nobody else holds. */
export function packOwned<Value>(value: Value): Packed<Value> {
  return pack(value, (array) => (array.byteLength === array.buffer.byteLength ? array : array.slice()));
}

type AnyArray = Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;

function pack<Value>(value: Value, own: (array: AnyArray) => AnyArray): Packed<Value> {
  const buffers = new Set<ArrayBuffer>();
  const visit = (part: unknown): unknown => {
    if (isTypedArray(part)) {
      if (isShared(part)) return part;
      const array = own(part);
      buffers.add(array.buffer);
      return array;
    }
    if (Array.isArray(part)) return part.map(visit);
    if (typeof part === 'object' && part !== null)
      return Object.fromEntries(Object.entries(part).map(([key, inner]) => [key, visit(inner)]));
    return part;
  };
  // The structure and the values are the same; only the buffers of arrays differ.
  return { value: visit(value) as Value, transfer: [...buffers] };
}

function isTypedArray(value: unknown): value is AnyArray {
  return (
    value instanceof Float32Array || value instanceof Float64Array || value instanceof Int32Array || value instanceof Uint8Array
  );
}
