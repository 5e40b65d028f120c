import type { NumpyArray } from '../numpy/numpy-array.js';
import { readBounded } from '../numpy/npy-read.js';
import { checkSize, unreadable, type ReadOptions } from '../numpy/reading.js';
import { fileFormat, whatItIs } from '../what-it-is.js';
import { createPickleMachine } from './machine.js';
import { operations, refusals } from './operations.js';
import { describeItem, isItemList, isTagged, malformed, type Item, type PickleKey, type PickleValue } from './values.js';

const PROTO = 0x80;
const STOP = 0x2e;
const HIGHEST_PROTOCOL = 5;
/** Besides what the file holds, each operation makes at most one value of less than 200 bytes: 1 GB in the worst case. */
const MAX_OPERATIONS = 5_000_000;
/** Data sets nest two or three deep. */
const MAX_DEPTH = 64;

/**
 * Reads a pickle of protocol 0 to 5. It may hold None, booleans, numbers, text, bytes, lists, tuples, dicts, and numpy's arrays
 * and numbers. Nothing is imported or executed: every other name is refused. Arrays share `bytes`.
 *
 * @throws the caller's code, with the name, for a pickle that needs anything else, is truncated, malformed or too large.
 */
export function parsePickle(bytes: Uint8Array, options: ReadOptions): PickleValue {
  checkSize(bytes.length, options);
  if (bytes.length === 0) throw unreadable(options, 'is empty');
  const format = fileFormat(bytes);
  // A pickle of protocol 0 or 1 looks like text, or like no known format.
  if (format !== undefined && format !== 'pickle' && format !== 'text')
    throw unreadable(options, `is not a pickle: ${whatItIs(bytes)}`);
  const machine = createPickleMachine(bytes, options);
  for (let count = 0; count < MAX_OPERATIONS; count++) {
    const code = machine.input.byte();
    if (code === STOP) return finished(machine.pop(), options);
    if (code === PROTO) {
      const protocol = machine.input.byte();
      if (protocol > HIGHEST_PROTOCOL)
        throw unreadable(options, `is a pickle of protocol ${protocol}; protocols 0 to 5 are read`);
      continue;
    }
    const operation = operations.get(code);
    if (operation === undefined) throw refusal(code, machine.input.position() - 1, options);
    operation(machine);
  }
  throw unreadable(options, `is a pickle of more than ${MAX_OPERATIONS} operations`);
}

/**
 * Reads a pickle file.
 * @throws like `parsePickle`, and when the file cannot be read.
 */
export async function readPickle(path: string, options: ReadOptions): Promise<PickleValue> {
  return parsePickle(await readBounded(path, options), options);
}

function refusal(code: number, position: number, options: ReadOptions): Error {
  const needs = refusals.get(code);
  if (needs === undefined) return unreadable(options, `is not a pickle: byte ${position} is no operation of one`);
  return unreadable(
    options,
    `is a pickle that needs ${needs}; only numbers, text, bytes, lists, tuples, dicts and numpy arrays are read`,
  );
}

/** Replaces each item under construction by its final value. An item that several places share stays shared. */
function finished(root: Item, options: ReadOptions): PickleValue {
  const done = new Map<Item, { readonly value: PickleValue; readonly height: number }>();
  const open = new Set<Item>();
  return finish(root, 0).value;

  function finish(item: Item, depth: number): { readonly value: PickleValue; readonly height: number } {
    if (isTagged(item)) return { value: finishedArray(item, options), height: 0 };
    if (!isItemList(item) && !(item instanceof Map)) return { value: item, height: 0 };
    const before = done.get(item);
    if (open.has(item)) throw unreadable(options, 'is a pickle with a list or dict that contains itself');
    if (depth + (before?.height ?? 0) > MAX_DEPTH) throw unreadable(options, `is a pickle nested more than ${MAX_DEPTH} deep`);
    if (before !== undefined) return before;
    open.add(item);
    let height = 0;
    const inside = (child: Item): PickleValue => {
      const result = finish(child, depth + 1);
      height = Math.max(height, result.height + 1);
      return result.value;
    };
    const value = isItemList(item)
      ? item.map(inside)
      : new Map([...item].map(([key, child]): [PickleKey, PickleValue] => [key, inside(child)]));
    open.delete(item);
    const result = { value, height };
    done.set(item, result);
    return result;
  }
}

function finishedArray(item: Extract<Item, { of: string }>, options: ReadOptions): NumpyArray {
  if (item.of === 'array' && item.array !== undefined) return item.array;
  throw malformed(options, `holds ${describeItem(item)} without contents`);
}
