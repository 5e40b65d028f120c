import { unreadable, type ReadOptions } from '../numpy/reading.js';

/** Reads a pickle's bytes from start to end. All methods throw the caller's code when the bytes end too early. */
export interface PickleInput {
  readonly position: () => number;
  byte(): number;
  uint16(): number;
  int32(): number;
  uint32(): number;
  /** A 64-bit length. */
  length64(): number;
  /** Big-endian, as in the BINFLOAT operation. */
  float64(): number;
  /** The next bytes, without copying. */
  take(length: number): Uint8Array;
  /** Latin-1 text up to the next line feed. The line feed is read too. */
  line(): string;
}

export function createPickleInput(bytes: Uint8Array, options: ReadOptions): PickleInput {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let next = 0;

  function advance(length: number): number {
    const from = next;
    if (length > bytes.length - from)
      throw unreadable(options, `is truncated: the pickle breaks off after ${bytes.length} bytes`);
    next += length;
    return from;
  }

  return {
    position: () => next,
    byte: () => view.getUint8(advance(1)),
    uint16: () => view.getUint16(advance(2), true),
    int32: () => view.getInt32(advance(4), true),
    uint32: () => view.getUint32(advance(4), true),
    length64: () => Number(view.getBigUint64(advance(8), true)),
    float64: () => view.getFloat64(advance(8), false),
    take(length) {
      const from = advance(length);
      return bytes.subarray(from, from + length);
    },
    line() {
      const end = bytes.indexOf(0x0a, next);
      const from = advance((end < 0 ? bytes.length : end) + 1 - next);
      return latin1Text(bytes.subarray(from, end));
    },
  };
}

/** Each byte as one character. (The `latin1` of TextDecoder is Windows-1252.) */
export function latin1Text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

/** The inverse of `latin1Text`. Undefined when a character is not in Latin-1. */
export function latin1Bytes(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0xff) return undefined;
    bytes[i] = code;
  }
  return bytes;
}
