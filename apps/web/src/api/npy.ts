/** An array of numbers with its shape, as the API sends maps and samples. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Reads a float32 .npy file in C order. @throws Error for any other */
export function readNpy(bytes: ArrayBuffer): Tensor {
  const view = new DataView(bytes);
  const isLong = view.getUint8(6) > 1;
  const length = isLong ? view.getUint32(8, true) : view.getUint16(8, true);
  const from = isLong ? 12 : 10;
  const header = new TextDecoder('latin1').decode(new Uint8Array(bytes, from, length));
  const shape = /'shape': \(([^)]*)\)/.exec(header)?.[1];
  if (shape === undefined || !header.includes("'descr': '<f4'") || !header.includes("'fortran_order': False"))
    throw new Error('The server sent an array of another kind than float32.');
  const extents = shape
    .split(',')
    .map((text) => text.trim())
    .filter((text) => text !== '')
    .map(Number);
  // The data begin at a multiple of 64 bytes.
  return { shape: extents, data: new Float32Array(bytes, from + length) };
}

/** The item at a place of the first axis. */
export function itemOf({ shape, data }: Tensor, place: number): Tensor {
  const [, ...own] = shape;
  const size = own.reduce((product, extent) => product * extent, 1);
  return { shape: own, data: data.subarray(place * size, (place + 1) * size) };
}
