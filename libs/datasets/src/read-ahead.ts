import { sizeOf } from '@xaigrid/tensor';
import { inOrder } from './in-order.js';

/** Values in the inputs of one piece: two images of 224 × 224 in colour, 32 of 64 × 64, thousands of short signals. */
const PIECE_VALUES = 2 ** 19;

/** Samples `start` … `end − 1` of the range that is read. */
export interface Piece<Value> {
  readonly start: number;
  readonly end: number;
  readonly value: Value;
}

/**
 * Reads samples `start` … `end − 1` a piece at a time, in order. The first piece is being read when this returns, and each next one
 * while the caller works on the one before. Pieces are powers of two, of which engines' batches are parts: no batch is padded but the
 * last.
 *
 * @param sampleShape without the batch axis
 * @param read gives what is wanted of samples `start` … `end − 1`; its errors are thrown when the piece's turn comes
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
