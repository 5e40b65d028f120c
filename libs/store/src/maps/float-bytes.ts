import { endianness } from 'node:os';

const bytesPerFloat = Float32Array.BYTES_PER_ELEMENT;
const littleEndian = endianness() === 'LE';

/** Raw little-endian float32: the array's own memory if the machine is little-endian, otherwise a copy. */
export function bytesOfFloats({ buffer, byteOffset, byteLength }: Float32Array<ArrayBuffer>): Buffer<ArrayBuffer> {
  const bytes = Buffer.from(buffer, byteOffset, byteLength);
  return littleEndian ? bytes : Buffer.from(bytes).swap32();
}

/** Copies raw little-endian float32 values, with any alignment, into `target`, starting at its element `offset`. */
export function unpackFloats(bytes: Uint8Array, target: Float32Array<ArrayBuffer>, offset: number): void {
  const place = Buffer.from(target.buffer, target.byteOffset + offset * bytesPerFloat, bytes.length);
  place.set(bytes);
  if (!littleEndian) place.swap32();
}
