/** A numeric numpy element type. */
export interface Dtype {
  /** `f`loat, signed `i`nteger, `u`nsigned integer, `b`ool. */
  readonly kind: 'f' | 'i' | 'u' | 'b';
  /** Bytes: floats 2, 4, 8; integers 1, 2, 4, 8; bool 1. */
  readonly itemSize: number;
  readonly littleEndian: boolean;
}

const itemSizes = { f: [2, 4, 8], i: [1, 2, 4, 8], u: [1, 2, 4, 8], b: [1] } as const;

/** Parses numpy's short form: `<f4`, `>i8`, `|b1`, `u2`. Undefined unless each element is one real number. */
export function parseDtype(text: string): Dtype | undefined {
  const match = /^([<>|=]?)([fiub])(\d{1,2})$/.exec(text);
  if (match === null) return text === '?' ? { kind: 'b', itemSize: 1, littleEndian: true } : undefined;
  const [, order, kind, digits] = match;
  const itemSize = Number(digits);
  if (kind !== 'f' && kind !== 'i' && kind !== 'u' && kind !== 'b') return undefined;
  if (!itemSizes[kind].some((size) => size === itemSize)) return undefined;
  return { kind, itemSize, littleEndian: order !== '>' };
}

/** Describes, for a message, the elements of a dtype that `parseDtype` does not know. */
export function describeUnknownDtype(text: string): string {
  if (/^[<>|=]?O/.test(text))
    return `holds Python objects (dtype "${text}"), which are never loaded; save it as numbers, or labels as text: numpy.save(file, array.astype(str))`;
  if (/^[<>|=]?[US]/.test(text)) return `holds text (dtype "${text.slice(0, 40)}"), where numbers are needed`;
  return `has elements of dtype "${text.slice(0, 40)}"; only float16/32/64, int8…64, uint8…64 and bool are read`;
}

/** A function that reads the element at a byte offset, as the nearest float64. */
export function elementReader(dtype: Dtype, bytes: Uint8Array): (offset: number) => number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { itemSize, littleEndian } = dtype;
  switch (dtype.kind) {
    case 'f':
      if (itemSize === 8) return (offset) => view.getFloat64(offset, littleEndian);
      if (itemSize === 4) return (offset) => view.getFloat32(offset, littleEndian);
      return (offset) => float16(view.getUint16(offset, littleEndian));
    case 'i':
      if (itemSize === 8) return wide((offset) => view.getInt32(offset, littleEndian));
      if (itemSize === 4) return (offset) => view.getInt32(offset, littleEndian);
      if (itemSize === 2) return (offset) => view.getInt16(offset, littleEndian);
      return (offset) => view.getInt8(offset);
    case 'u':
      if (itemSize === 8) return wide((offset) => view.getUint32(offset, littleEndian));
      if (itemSize === 4) return (offset) => view.getUint32(offset, littleEndian);
      if (itemSize === 2) return (offset) => view.getUint16(offset, littleEndian);
      return (offset) => view.getUint8(offset);
    case 'b':
      return (offset) => (view.getUint8(offset) === 0 ? 0 : 1);
  }

  /** 64-bit integers from two words: 2³²·high is exact, so the sum is rounded once. */
  function wide(highWord: (offset: number) => number): (offset: number) => number {
    const [high, low] = littleEndian ? [4, 0] : [0, 4];
    return (offset) => highWord(offset + high) * 2 ** 32 + view.getUint32(offset + low, littleEndian);
  }
}

/** IEEE 754 binary16: 1 sign bit, 5 exponent bits, 10 fraction bits. */
function float16(bits: number): number {
  const sign = (bits & 0x8000) === 0 ? 1 : -1;
  const exponent = (bits >>> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}
