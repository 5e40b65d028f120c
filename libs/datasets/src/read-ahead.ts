import { sizeOf } from '@xaigrid/tensor';
import { inOrder } from './in-order.js';

/** The values in the inputs of one piece: two colour images of 224 × 224, 32 of 64 × 64, thousands of short signals. */
const PIECE_VALUES = 2 ** 19;

/** Samples `start` … `end − 1` of the range, and what was read for them. */
export interface Piece<Value> {
  readonly start: number;
  readonly end: number;
  readonly value: Value;
}

/**
 * Reads samples `start` … `end − 1` piece by piece, in order. The first piece is being read when this function returns; each
 * further one while the caller works on the one before. Pieces are powers of two, so they divide into the batches of engines:
 * only the last batch is padded.
 *
 * @param sampleShape without the batch axis
 * @param read gives the value for samples `start` … `end − 1`; its errors are thrown at the piece's turn
 */
export function readAhead<Value>(
  range: { readonly start: number; readonly end: number; readonly sampleShape: readonly number[] },
  read: (start: number, end: number) => Promise<Value>,
): AsyncIterable<Piece<Value>> {
  const size = 2 ** Math.floor(Math.log2(Math.max(1, PIECE_VALUES / sizeOf(range.sampleShape))));
  const pieces = inOrder(Math.ceil((range.end - range.start) / size), 2, async (index) => {
    const start = range.start + index * size;
    const end = Math.min(range.end, start + size);
    return { start, end, value: await read(start, end) };
  });
  const first = pieces.next();
  first.catch(() => undefined);
  return inTurn(first, pieces);
}

async function* inTurn<Value>(
  first: Promise<IteratorResult<Value, void>>,
  rest: AsyncGenerator<Value, void, undefined>,
): AsyncGenerator<Value, void, undefined> {
  try {
    const { done, value } = await first;
    if (done === true) return;
    yield value;
    yield* rest;
  } finally {
    await rest.return();
  }
}
