import type { Dtype } from '../numpy/dtype.js';
import type { NumpyArray } from '../numpy/numpy-array.js';
import { unreadable, type ReadOptions } from '../numpy/reading.js';

/**
 * The values that a pickle may hold. Lists and tuples are arrays, bytes are `Uint8Array`, integers beyond ±2⁵³ are `bigint`.
 * Strings written by Python 2 are read as Latin-1.
 */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly PickleValue[]
  | ReadonlyMap<PickleKey, PickleValue>
  | NumpyArray;
/** The keys that a dict in a pickle may have. */
export type PickleKey = null | boolean | number | bigint | string;

/** Tells a dict from the other values of a pickle. */
export function isPickleDict(value: PickleValue): value is ReadonlyMap<PickleKey, PickleValue> {
  return value instanceof Map;
}

/** The only names that a pickle may refer to. Each describes what to build and is never run as code. */
export type KnownName = 'ndarray' | 'dtype' | '_reconstruct' | '_frombuffer' | 'scalar' | 'encode' | 'bytes';

/** The items on the machine's stack while a pickle is read. */
export type Item =
  null | boolean | number | bigint | string | Uint8Array | Item[] | Map<PickleKey, Item> | Named | PickledDtype | PickledArray;

export interface Named {
  readonly of: 'name';
  readonly name: KnownName;
}

/** A dtype. A later BUILD sets its byte order. */
export interface PickledDtype {
  readonly of: 'dtype';
  dtype: Dtype;
}

/** An array. A later BUILD sets its contents. */
export interface PickledArray {
  readonly of: 'array';
  array: NumpyArray | undefined;
}

export function isItemList(item: Item | undefined): item is Item[] {
  return Array.isArray(item);
}

export function isTagged(item: Item | undefined): item is Named | PickledDtype | PickledArray {
  return typeof item === 'object' && item !== null && 'of' in item;
}

/** The name of an item in a message. */
export function describeItem(item: Item | undefined): string {
  if (item === null) return 'None';
  if (isTagged(item)) return item.of === 'name' ? `numpy's ${item.name}` : `a numpy ${item.of}`;
  if (isItemList(item)) return 'a list';
  if (item instanceof Map) return 'a dict';
  if (item instanceof Uint8Array) return 'bytes';
  return item === undefined ? 'nothing' : `a ${typeof item}`;
}

export function malformed(options: ReadOptions, what: string): Error {
  return unreadable(options, `is a malformed pickle: it ${what}`);
}
