import { unreadable, type ReadOptions } from '../numpy/reading.js';
import { latin1Text } from './input.js';
import { append, setItems, type PickleMachine } from './machine.js';
import { build, nameOf, setState } from './numpy-objects.js';
import { floatingNumber, narrowed, rawUnicode, unquoted, wholeNumber } from './text.js';
import { malformed, type Item } from './values.js';

type Operation = (machine: PickleMachine) => void;

/** An operation that pushes a value read from the input. */
function pushes(read: (input: PickleMachine['input'], options: ReadOptions) => Item): Operation {
  return (machine) => machine.push(read(machine.input, machine.options));
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** @throws the caller's code if the bytes are not UTF-8. */
function utf8Text(bytes: Uint8Array, options: ReadOptions): string {
  try {
    return utf8.decode(bytes);
  } catch (error) {
    throw unreadable(options, 'is a malformed pickle: it has text that is not UTF-8', error);
  }
}

function parsed<Value extends Item>(value: Value | undefined, options: ReadOptions): Value {
  if (value === undefined) throw malformed(options, 'has a value that cannot be parsed');
  return value;
}

/** Little-endian two's complement. */
function longOf(bytes: Uint8Array, options: ReadOptions): number | bigint {
  if (bytes.length > 8) throw unreadable(options, 'has a whole number of more than 64 bits');
  let value = 0n;
  for (const byte of bytes.toReversed()) value = (value << 8n) | BigInt(byte);
  return narrowed(BigInt.asIntN(8 * bytes.length, value));
}

function intLine(line: string, options: ReadOptions): Item {
  if (line === '01' || line === '00') return line === '01';
  return parsed(wholeNumber(line.replace(/L$/, '')), options);
}

function dictOf(items: Item[], options: ReadOptions): Item {
  const dict = new Map();
  setItems(dict, items, options);
  return dict;
}

function tuple(length: number): Operation {
  return (machine) => {
    const items: Item[] = [];
    for (let i = 0; i < length; i++) items.unshift(machine.pop());
    machine.push(items);
  };
}

const table: readonly (readonly [code: string | number, operation: Operation])[] = [
  // Stack, memo, frames
  ['(', (machine) => machine.mark()],
  ['0', (machine) => void machine.pop()],
  ['1', (machine) => void machine.popToMark()],
  ['2', (machine) => machine.push(machine.top())],
  ['p', (machine) => machine.memoize(Number(machine.input.line()))],
  ['q', (machine) => machine.memoize(machine.input.byte())],
  ['r', (machine) => machine.memoize(machine.input.uint32())],
  [0x94, (machine) => machine.memoize()],
  ['g', (machine) => machine.recall(Number(machine.input.line()))],
  ['h', (machine) => machine.recall(machine.input.byte())],
  ['j', (machine) => machine.recall(machine.input.uint32())],
  [0x95, (machine) => void machine.input.length64()],
  // None, booleans, numbers
  ['N', pushes(() => null)],
  [0x88, pushes(() => true)],
  [0x89, pushes(() => false)],
  ['I', pushes((input, options) => intLine(input.line(), options))],
  ['L', pushes((input, options) => intLine(input.line(), options))],
  ['J', pushes((input) => input.int32())],
  ['K', pushes((input) => input.byte())],
  ['M', pushes((input) => input.uint16())],
  [0x8a, pushes((input, options) => longOf(input.take(input.byte()), options))],
  [0x8b, pushes((input, options) => longOf(input.take(input.uint32()), options))],
  ['F', pushes((input, options) => parsed(floatingNumber(input.line()), options))],
  ['G', pushes((input) => input.float64())],
  // Text and bytes
  ['S', pushes((input, options) => parsed(unquoted(input.line()), options))],
  ['T', pushes((input) => latin1Text(input.take(input.uint32())))],
  ['U', pushes((input) => latin1Text(input.take(input.byte())))],
  ['V', pushes((input) => rawUnicode(input.line()))],
  ['X', pushes((input, options) => utf8Text(input.take(input.uint32()), options))],
  [0x8c, pushes((input, options) => utf8Text(input.take(input.byte()), options))],
  [0x8d, pushes((input, options) => utf8Text(input.take(input.length64()), options))],
  ['B', pushes((input) => input.take(input.uint32()))],
  ['C', pushes((input) => input.take(input.byte()))],
  [0x8e, pushes((input) => input.take(input.length64()))],
  [0x96, pushes((input) => input.take(input.length64()))],
  // Lists, tuples, dicts
  [']', pushes(() => [])],
  [')', pushes(() => [])],
  ['}', pushes(() => new Map())],
  ['l', (machine) => machine.push(machine.popToMark())],
  ['t', (machine) => machine.push(machine.popToMark())],
  ['d', (machine) => machine.push(dictOf(machine.popToMark(), machine.options))],
  [0x85, tuple(1)],
  [0x86, tuple(2)],
  [0x87, tuple(3)],
  [
    'a',
    (machine) => {
      const item = machine.pop();
      append(machine.top(), [item], machine.options);
    },
  ],
  [
    'e',
    (machine) => {
      const items = machine.popToMark();
      append(machine.top(), items, machine.options);
    },
  ],
  [
    's',
    (machine) => {
      const value = machine.pop();
      const key = machine.pop();
      setItems(machine.top(), [key, value], machine.options);
    },
  ],
  [
    'u',
    (machine) => {
      const items = machine.popToMark();
      setItems(machine.top(), items, machine.options);
    },
  ],
  // numpy's objects: looked up in a table of seven names, never imported or called
  [
    'c',
    (machine) => {
      const module = machine.input.line();
      machine.push(nameOf(module, machine.input.line(), machine.options));
    },
  ],
  [
    0x93,
    (machine) => {
      const name = machine.pop();
      const module = machine.pop();
      machine.push(nameOf(module, name, machine.options));
    },
  ],
  [
    'R',
    (machine) => {
      const args = machine.pop();
      machine.push(build(machine, machine.pop(), args));
    },
  ],
  [
    'b',
    (machine) => {
      const state = machine.pop();
      setState(machine, machine.top(), state);
    },
  ],
];

/** The operations of protocols 0 to 5 by their code, as in Python's `pickletools`. All others are refused. */
export const operations: ReadonlyMap<number, Operation> = new Map(
  table.map(([code, operation]) => [typeof code === 'string' ? code.charCodeAt(0) : code, operation]),
);

/** For each refused operation, what it would have needed. */
export const refusals: ReadonlyMap<number, string> = new Map([
  [0x69, 'an object of a class'],
  [0x6f, 'an object of a class'],
  [0x81, 'an object of a class'],
  [0x92, 'an object of a class'],
  [0x50, 'a persistent reference'],
  [0x51, 'a persistent reference'],
  [0x82, 'an extension code'],
  [0x83, 'an extension code'],
  [0x84, 'an extension code'],
  [0x8f, 'a set'],
  [0x91, 'a frozenset'],
  [0x97, 'a buffer outside the file'],
  [0x98, 'a buffer outside the file'],
]);
