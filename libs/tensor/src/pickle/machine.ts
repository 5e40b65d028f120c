import { unreadable, type ReadOptions } from '../numpy/reading.js';
import { createPickleInput, latin1Bytes, type PickleInput } from './input.js';
import { describeItem, isItemList, malformed, type Item, type PickleKey } from './values.js';

/** The state of the virtual machine that executes a pickle. */
export interface PickleMachine {
  readonly input: PickleInput;
  readonly options: ReadOptions;
  push(item: Item): void;
  pop(): Item;
  top(): Item;
  mark(): void;
  /** Pops everything above the topmost mark, and the mark. */
  popToMark(): Item[];
  memoize(index?: number): void;
  recall(index: number): void;
  /** The bytes of an item: its own, or those of text with one character per byte. */
  bytesOf(item: Item | undefined): Uint8Array;
}

export function createPickleMachine(bytes: Uint8Array, options: ReadOptions): PickleMachine {
  const stack: Item[] = [];
  const marks: number[] = [];
  const memo = new Map<number, Item>();
  // Each text becomes bytes once. A pickle that converts one text again and again would fill the memory.
  let encodable = bytes.length;

  function top(): Item {
    const item = stack.at(-1);
    if (item === undefined || stack.length <= (marks.at(-1) ?? 0)) throw malformed(options, 'takes more than it gave');
    return item;
  }

  return {
    input: createPickleInput(bytes, options),
    options,
    push: (item) => void stack.push(item),
    pop() {
      const item = top();
      stack.pop();
      return item;
    },
    top,
    mark: () => void marks.push(stack.length),
    popToMark() {
      const from = marks.pop();
      if (from === undefined) throw malformed(options, 'takes more than it gave');
      return stack.splice(from);
    },
    memoize: (index = memo.size) => void memo.set(index, top()),
    recall(index) {
      const item = memo.get(index);
      if (item === undefined) throw malformed(options, `refers to entry ${index}, which it does not have`);
      stack.push(item);
    },
    bytesOf(item) {
      if (item instanceof Uint8Array) return item;
      encodable -= typeof item === 'string' ? item.length : 0;
      const encoded = typeof item === 'string' && encodable >= 0 ? latin1Bytes(item) : undefined;
      if (encoded === undefined) throw malformed(options, `has ${describeItem(item)} where bytes are needed`);
      return encoded;
    },
  };
}

export function append(target: Item, items: readonly Item[], options: ReadOptions): void {
  if (!isItemList(target)) throw malformed(options, `appends to ${describeItem(target)}`);
  for (const item of items) target.push(item);
}

/** @param items key, value, key, value, … */
export function setItems(target: Item, items: readonly Item[], options: ReadOptions): void {
  if (!(target instanceof Map) || items.length % 2 !== 0) throw malformed(options, `sets entries of ${describeItem(target)}`);
  for (let i = 0; i < items.length; i += 2) target.set(keyOf(items[i], options), items[i + 1] ?? null);
}

function keyOf(item: Item | undefined, options: ReadOptions): PickleKey {
  if (item === undefined || (typeof item === 'object' && item !== null)) {
    throw unreadable(options, `has a dict with ${describeItem(item)} as a key; only text and numbers are read as keys`);
  }
  return item;
}
