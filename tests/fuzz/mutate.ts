import type { SampleRandom } from '@xaigrid/tensor';

/** What mutants are made from. */
export interface Breed {
  /** Good files of one format; parts of one are spliced into another. */
  readonly seeds: readonly Uint8Array[];
  /** Pieces that mean something in the format: magic numbers, keywords, hostile values. */
  readonly dictionary: readonly (string | Uint8Array)[];
}

/** Numbers that parsers stumble over: none, one, the ends of signed and unsigned types. */
const hostileNumbers = [0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];
const hostileTexts = ['0', '-1', '1e999', '4294967296', '9007199254740993', '99999999999999999999', '1073741824', 'NaN'];

type Mutation = (bytes: Uint8Array, random: SampleRandom, breed: Breed) => Uint8Array;

/** Half of all places lie near the ends, where formats keep what says how long the rest is. */
function placeIn(length: number, random: SampleRandom): number {
  if (length === 0) return 0;
  const near = Math.min(length, 512);
  const choice = random.integer(4);
  if (choice === 0) return random.integer(near);
  if (choice === 1) return length - 1 - random.integer(near);
  return random.integer(length);
}

function spanIn(bytes: Uint8Array, random: SampleRandom): readonly [start: number, end: number] {
  const start = placeIn(bytes.length, random);
  const most = Math.max(1, Math.min(bytes.length - start, 2 ** random.integer(12)));
  return [start, start + random.integer(most) + 1];
}

/** `bytes` with start … end − 1 replaced. */
function replaced(bytes: Uint8Array, start: number, end: number, by: Uint8Array): Uint8Array {
  return Buffer.concat([bytes.subarray(0, start), by, bytes.subarray(end)]);
}

function pick<Value>(values: readonly Value[], random: SampleRandom): Value | undefined {
  return values.length === 0 ? undefined : values[random.integer(values.length)];
}

const flipBits: Mutation = (bytes, random) => {
  const result = Uint8Array.from(bytes);
  for (let flips = 1 + random.integer(8); flips > 0 && result.length > 0; flips--) {
    const at = placeIn(result.length, random);
    result[at] = (result[at] ?? 0) ^ (1 << random.integer(8));
  }
  return result;
};

const truncate: Mutation = (bytes, random) => bytes.slice(0, placeIn(bytes.length, random));

const remove: Mutation = (bytes, random) => {
  const [start, end] = spanIn(bytes, random);
  return replaced(bytes, start, end, new Uint8Array());
};

const repeat: Mutation = (bytes, random) => {
  const [start, end] = spanIn(bytes, random);
  const times = 1 + random.integer(4);
  return replaced(bytes, end, end, Buffer.concat(Array.from({ length: times }, () => bytes.subarray(start, end))));
};

const splice: Mutation = (bytes, random, { seeds }) => {
  const other = pick(seeds, random) ?? bytes;
  const [from, to] = spanIn(other, random);
  const at = placeIn(bytes.length, random);
  // Over what is there, or pushed in between.
  return replaced(bytes, at, random.integer(2) === 0 ? at : Math.min(bytes.length, at + to - from), other.subarray(from, to));
};

const useDictionary: Mutation = (bytes, random, { dictionary }) => {
  const word = pick(dictionary, random) ?? '';
  const piece = typeof word === 'string' ? Buffer.from(word) : word;
  const at = placeIn(bytes.length, random);
  return replaced(bytes, at, random.integer(2) === 0 ? at : Math.min(bytes.length, at + piece.length), piece);
};

/** A binary number that could be a length becomes another. Of 16 places the first that reads as less than the file's length is taken. */
const changeLength: Mutation = (bytes, random) => {
  const width = pick([1, 2, 4, 8], random) ?? 4;
  const littleEndian = random.integer(2) === 0;
  if (bytes.length < width) return bytes;
  const result = Uint8Array.from(bytes);
  const view = new DataView(result.buffer);
  const read = (at: number): number => {
    if (width === 1) return view.getUint8(at);
    if (width === 2) return view.getUint16(at, littleEndian);
    if (width === 4) return view.getUint32(at, littleEndian);
    return Number(view.getBigUint64(at, littleEndian));
  };
  let at = 0;
  for (let tries = 0; tries < 16; tries++) {
    at = Math.min(placeIn(bytes.length, random), bytes.length - width);
    const value = read(at);
    if (value > 0 && value <= bytes.length) break;
  }
  const old = read(at);
  const value = pick([...hostileNumbers, old + 1, Math.max(0, old - 1), old * 2, bytes.length, bytes.length + 1], random) ?? 0;
  if (width === 1) view.setUint8(at, value);
  else if (width === 2) view.setUint16(at, value, littleEndian);
  else if (width === 4) view.setUint32(at, value, littleEndian);
  else
    view.setBigUint64(
      at,
      BigInt.asUintN(64, BigInt(Math.floor(value)) * (random.integer(2) === 0 ? 1n : 0x10001n)),
      littleEndian,
    );
  return result;
};

/** The same for a number that is written in digits. */
const changeDigits: Mutation = (bytes, random) => {
  const isDigit = (at: number): boolean => (bytes[at] ?? 0) >= 0x30 && (bytes[at] ?? 0) <= 0x39;
  let start = placeIn(bytes.length, random);
  while (start < bytes.length && !isDigit(start)) start++;
  let end = start;
  while (end < bytes.length && isDigit(end)) end++;
  return replaced(bytes, start, end, Buffer.from(pick(hostileTexts, random) ?? ''));
};

const mutations = [flipBits, truncate, remove, repeat, splice, useDictionary, changeLength, changeLength, changeDigits];

/** Mutants do not grow without bound: what is larger is cut. */
const LONGEST_MUTANT = 4 * 1024 * 1024;

/** A good file with one to four things wrong. What comes out depends on the random numbers alone. */
export function mutate(breed: Breed, random: SampleRandom): Uint8Array {
  let bytes = pick(breed.seeds, random) ?? new Uint8Array();
  const changes = 1 + Math.floor(4 * random.uniform() ** 2);
  for (let change = 0; change < changes; change++) {
    bytes = pick(mutations, random)?.(bytes, random, breed) ?? bytes;
  }
  return bytes.subarray(0, LONGEST_MUTANT);
}
