import { describeUnknownDtype, elementReader, parseDtype } from '../numpy/dtype.js';
import type { NumpyArray } from '../numpy/numpy-array.js';
import { unreadable, type ReadOptions } from '../numpy/reading.js';
import { sizeOf } from '../tensor.js';
import type { PickleMachine } from './machine.js';
import {
  describeItem,
  isItemList,
  isTagged,
  malformed,
  type Item,
  type KnownName,
  type PickledArray,
  type PickledDtype,
} from './values.js';

const multiarray = ['numpy.core.multiarray', 'numpy._core.multiarray'];
const numeric = ['numpy.core.numeric', 'numpy._core.numeric'];
const known: readonly { readonly modules: readonly string[]; readonly name: KnownName }[] = [
  { modules: ['numpy', ...multiarray], name: 'ndarray' },
  { modules: ['numpy', ...multiarray], name: 'dtype' },
  { modules: multiarray, name: '_reconstruct' },
  { modules: multiarray, name: 'scalar' },
  { modules: numeric, name: '_frombuffer' },
  { modules: ['_codecs'], name: 'encode' },
  { modules: ['builtins', '__builtin__'], name: 'bytes' },
];

/**
 * Looks up a name that a pickle refers to.
 * @throws the caller's code for every name that numpy arrays do not need.
 */
export function nameOf(module: Item, name: Item, options: ReadOptions): Item {
  if (typeof module !== 'string' || typeof name !== 'string') throw malformed(options, 'refers to a name that is not text');
  const found = known.find((entry) => entry.name === name && entry.modules.includes(module));
  if (found !== undefined) return { of: 'name', name: found.name };
  const wanted = `${module}.${name}`.slice(0, 120);
  throw unreadable(
    options,
    `is a pickle that needs ${wanted}; only numbers, text, bytes, lists, tuples, dicts and numpy arrays are read, and nothing in it was executed`,
  );
}

/** The REDUCE operation: the result of "calling" one of the known names. */
export function build(machine: PickleMachine, callee: Item, args: Item): Item {
  const { options } = machine;
  if (!isTagged(callee) || callee.of !== 'name' || !isItemList(args)) throw malformed(options, `calls ${describeItem(callee)}`);
  const [first, second, third, fourth] = args;
  switch (callee.name) {
    case '_reconstruct':
      return { of: 'array', array: undefined };
    case 'dtype':
      return { of: 'dtype', dtype: dtypeNamed(first, options) };
    case 'scalar':
      return scalar(dtypeIn(first, options), machine.bytesOf(second), options);
    case '_frombuffer': {
      const parts = { dtype: second, shape: third, fortranOrder: fourth === 'F', bytes: first };
      return { of: 'array', array: arrayFrom(machine, parts) };
    }
    case 'encode': {
      // Python 3 writes bytes in protocols 0 to 2 as text with one character per byte.
      if (typeof first !== 'string' || (second !== 'latin1' && second !== 'latin-1'))
        throw malformed(options, 'encodes something else than Latin-1 text');
      return machine.bytesOf(first);
    }
    case 'bytes':
      if (args.length > 0) throw malformed(options, 'makes bytes from values');
      return new Uint8Array(0);
    case 'ndarray':
      throw malformed(options, 'calls numpy.ndarray');
  }
}

/** The BUILD operation: sets the state of an array or a dtype. */
export function setState(machine: PickleMachine, target: Item, state: Item): void {
  const { options } = machine;
  if (!isTagged(target) || target.of === 'name' || !isItemList(state))
    throw malformed(options, `sets the state of ${describeItem(target)}`);
  if (target.of === 'dtype') setByteOrder(target, state, options);
  else setContents(machine, target, state);
}

function setByteOrder(target: PickledDtype, state: Item[], options: ReadOptions): void {
  const order = state[1];
  if (typeof order !== 'string' || !'<>|='.includes(order)) throw malformed(options, 'has a dtype without a byte order');
  if (order === '<' || order === '>') target.dtype = { ...target.dtype, littleEndian: order === '<' };
}

function setContents(machine: PickleMachine, target: PickledArray, state: Item[]): void {
  const [shape, dtype, fortranOrder, bytes] = state.length === 5 ? state.slice(1) : state;
  target.array = arrayFrom(machine, { dtype, shape, fortranOrder: fortranOrder === true || fortranOrder === 1, bytes });
}

interface ArrayParts {
  readonly dtype: Item | undefined;
  readonly shape: Item | undefined;
  readonly fortranOrder: boolean;
  readonly bytes: Item | undefined;
}

function arrayFrom(machine: PickleMachine, parts: ArrayParts): NumpyArray {
  const { options } = machine;
  const { dtype } = dtypeIn(parts.dtype, options);
  if (!isItemList(parts.shape)) throw malformed(options, 'has an array without a shape');
  const shape = parts.shape.map((extent) => {
    if (typeof extent === 'number' && Number.isSafeInteger(extent) && extent >= 0) return extent;
    throw malformed(options, 'has an array with an impossible shape');
  });
  const bytes = machine.bytesOf(parts.bytes);
  if (bytes.length !== sizeOf(shape) * dtype.itemSize) {
    throw malformed(options, `has an array of shape [${shape.join(', ')}] with ${bytes.length} bytes of data`);
  }
  return { dtype, shape, fortranOrder: parts.fortranOrder, bytes };
}

function scalar({ dtype }: PickledDtype, bytes: Uint8Array, options: ReadOptions): number | boolean {
  if (bytes.length !== dtype.itemSize) throw malformed(options, 'has a numpy number of the wrong size');
  const value = elementReader(dtype, bytes)(0);
  return dtype.kind === 'b' ? value !== 0 : value;
}

function dtypeNamed(name: Item | undefined, options: ReadOptions): PickledDtype['dtype'] {
  if (typeof name !== 'string') throw malformed(options, 'has a dtype without a name');
  const dtype = parseDtype(name);
  if (dtype === undefined) throw unreadable(options, describeUnknownDtype(name));
  return dtype;
}

function dtypeIn(item: Item | undefined, options: ReadOptions): PickledDtype {
  if (isTagged(item) && item.of === 'dtype') return item;
  throw malformed(options, 'has an array without a dtype');
}
