import { endianness } from 'node:os';

const bytesPerFloat = Float32Array.BYTES_PER_ELEMENT;
const littleEndian = endianness() === 'LE';

/** Arrays of equal length, one after another, as raw little-endian float32. */
export function packFloats(arrays: readonly Float32Array<ArrayBuffer>[]): Buffer<ArrayBuffer> {
  const [first] = arrays;
  const length = (first?.length ?? 0) * bytesPerFloat;
  const bytes = Buffer.allocUnsafe(arrays.length * length);
  for (const [index, { buffer, byteOffset, byteLength }] of arrays.entries()) {
    bytes.set(new Uint8Array(buffer, byteOffset, byteLength), index * length);
  }
  return littleEndian ? bytes : bytes.swap32();
}

/** Copies raw little-endian float32, wherever they lie in memory, into `target` from its element `offset` on. */
export function unpackFloats(bytes: Uint8Array, target: Float32Array<ArrayBuffer>, offset: number): void {
  const place = Buffer.from(target.buffer, target.byteOffset + offset * bytesPerFloat, bytes.length);
  place.set(bytes);
  if (!littleEndian) place.swap32();
}
