import { describe, expect, it } from 'vitest';
import { float64Of, isNumpyArray, isPickleDict, parsePickle, type PickleValue } from '@xaigrid/tensor';
import golden from './goldens/pickle.json' with { type: 'json' };
import { expectError } from './thrown.js';

const options = { name: 'data.pkl' };
const protocols = Object.entries(golden).map(([protocol, base64]) => ({ protocol, bytes: Buffer.from(base64, 'base64') }));

function load(text: string): PickleValue {
  return parsePickle(Buffer.from(text, 'latin1'), options);
}

function isList(value: PickleValue): value is readonly PickleValue[] {
  return Array.isArray(value);
}

/** Arrays as their values, so that a whole pickle can be compared at once. */
function plain(value: PickleValue): unknown {
  if (isNumpyArray(value)) return float64Of(value);
  if (value instanceof Uint8Array) return [...value];
  if (isPickleDict(value)) return new Map([...value].map(([key, inner]) => [key, plain(inner)]));
  return isList(value) ? value.map(plain) : value;
}

/** The value that make_goldens.py pickles. */
const expected = new Map<string, unknown>([
  ['x', { shape: [2, 3], data: Float64Array.of(0, 1, 2, 3, 4, 5) }],
  ['fortran', { shape: [2, 3], data: Float64Array.of(0, 1, 2, 3, 4, 5) }],
  ['y', { shape: [3], data: Float64Array.of(1, 0, 2) }],
  ['empty', { shape: [0, 3], data: new Float64Array(0) }],
  ['flags', { shape: [2], data: Float64Array.of(1, 0) }],
  ['scalars', [0.5, -7, true]],
  [
    'plain',
    [
      ...[null, true, false, 0, 255, 65536, -1, 2 ** 40, -(2n ** 62n), 1.5, -1e300, Infinity, "Grüße\n'\\", [0, 255, 97], []],
      ...[[], [1], [1, 2], [1, 2, 3, 4], [], new Map(), new Map([[1, 'one']])],
    ],
  ],
]);

describe('parsePickle', () => {
  it.each(protocols)('reads protocol $protocol', ({ bytes }) => {
    expect(plain(parsePickle(bytes, options))).toEqual(expected);
  });

  it("reads numpy 2's names", () => {
    const renamed = Buffer.from(golden['3'], 'base64').toString('latin1').replaceAll('cnumpy.core.', 'cnumpy._core.');
    expect(renamed).toContain('numpy._core.multiarray');
    expect(plain(load(renamed))).toEqual(expected);
  });

  it('reads the strings of Python 2, as text and as the bytes of an array', () => {
    // Python 2: pickle.dumps({'a': 'x\xe9'}) in protocols 0 and 2.
    expect(load("(dp0\nS'a'\np1\nS'x\\xe9'\np2\ns.")).toEqual(new Map([['a', 'xé']]));
    expect(load('\x80\x02}q\x00U\x01aq\x01U\x02x\xe9q\x02s.')).toEqual(new Map([['a', 'xé']]));
    const array = load(
      "cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntR(I1\n(I2\ntcnumpy\ndtype\n(S'i2'\nI0\nI1\ntR(I3\nS'<'\nNNNI-1\nI-1\nI0\ntbI00\nS'\\x01\\x00\\xff\\x00'\ntb.",
    );
    expect(plain(array)).toEqual({ shape: [2], data: Float64Array.of(1, 255) });
  });

  it('shares what the pickle shares', () => {
    const pair = load('(]p1\ng1\nl.');
    expect(pair).toEqual([[], []]);
    expect(isList(pair) && pair[0] === pair[1]).toBe(true);
  });

  it.each([
    ["cos\nsystem\n(S'echo hi'\ntR.", /needs os\.system;.*nothing in it was executed/],
    ['cbuiltins\neval\n.', /needs builtins\.eval/],
    ['\x80\x04\x8c\x08builtins\x8c\x04exec\x93.', /needs builtins\.exec/],
    ['cnumpy\nload\n.', /needs numpy\.load/],
    ['cnumpy.core.multiarray\nfromfile\n.', /needs numpy\.core\.multiarray\.fromfile/],
    ['(ios\nsystem\n.', /needs an object of a class/],
    ['\x80\x02)\x81.', /needs an object of a class/],
    ['Pabc\n.', /a persistent reference/],
    ['\x80\x02\x82\x01.', /an extension code/],
    ['\x80\x04\x8f.', /needs a set/],
    ['\x80\x05\x97.', /a buffer outside the file/],
    ['\x80\x06N.', /protocol 6/],
    ["cnumpy\ndtype\n(S'O8'\nI0\nI1\ntR.", /Python objects/],
    ["cnumpy\ndtype\n(S'U3'\nI0\nI1\ntR.", /dtype "U3"/],
    ['cnumpy\nndarray\n.', /holds numpy's ndarray without contents/],
    ['cnumpy\nndarray\n)R.', /calls numpy\.ndarray/],
  ])('refuses %j by name', (text, message) => {
    expectError(() => load(text), 'DATASET_UNREADABLE', message);
  });

  it.each([
    ['', /is empty/],
    ['<html>', /is not a pickle: byte 0 is no operation/],
    ['.', /takes more than it gave/],
    ['(0.', /takes more than it gave/],
    ['t.', /takes more than it gave/],
    ['g7\n.', /entry 7/],
    ['NNa.', /appends to None/],
    ['](NNu.', /sets entries of a list/],
    ['}(]Nu.', /a list as a key/],
    ['NNb.', /sets the state of None/],
    ['NNR.', /calls None/],
    ['I1x\n.', /cannot be parsed/],
    ['F0x10\n.', /cannot be parsed/],
    ['Sabc\n.', /cannot be parsed/],
    ['X\x01\0\0\0\xff.', /not UTF-8/],
    ['\x8a\x09123456789.', /more than 64 bits/],
    ['B\xff\xff\xff\xff.', /truncated/],
    ['\x8e\xff\xff\xff\xff\xff\xff\xff\xff.', /truncated/],
    [']p0\n(g0\ne.', /contains itself/],
    [`${']'.repeat(100)}${'a'.repeat(99)}.`, /nested more than 64 deep/],
  ])('refuses the malformed %j', (text, message) => {
    expectError(() => load(text), 'DATASET_UNREADABLE', message);
  });

  it('refuses a nesting that only sharing makes deep', () => {
    // 40 levels, memoized, then wrapped into 40 more.
    const deep = `${']'.repeat(40)}${'a'.repeat(39)}`;
    expectError(
      () => load(`]${deep}p0\na${']'.repeat(40)}g0\n${'a'.repeat(41)}.`),
      'DATASET_UNREADABLE',
      /nested more than 64 deep/,
    );
  });

  it.each(protocols)('refuses protocol $protocol cut at any byte', ({ bytes }) => {
    for (let length = 0; length < bytes.length; length++) {
      expectError(() => parsePickle(bytes.subarray(0, length), options), 'DATASET_UNREADABLE', /^data\.pkl is (truncated|empty)/);
    }
  });

  it.each(protocols)('survives any damaged byte of protocol $protocol', ({ bytes }) => {
    for (let at = 0; at < bytes.length; at++) {
      const damaged = Uint8Array.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ 0x15;
      try {
        parsePickle(damaged, options);
      } catch (error) {
        expect(error).toMatchObject({ name: 'XaigridError', code: 'DATASET_UNREADABLE' });
      }
    }
  });

  it('does not let a small file ask for much memory', () => {
    const text = 'V' + 'x'.repeat(1000) + '\np0\n0(' + 'c_codecs\nencode\n(g0\nVlatin1\ntR'.repeat(3) + 'l.';
    expectError(() => load(text), 'DATASET_UNREADABLE', /where bytes are needed/);
    expectError(
      () => parsePickle(Buffer.concat([Buffer.alloc(6_000_000, ']'), Buffer.from('.')]), options),
      'DATASET_UNREADABLE',
      /operations/,
    );
    expectError(() => parsePickle(Buffer.alloc(100), { ...options, maxBytes: 99 }), 'DATASET_UNREADABLE', /at most/);
  });

  it('reports the code it was given', () => {
    expectError(
      () => parsePickle(Buffer.from('N'), { name: 'a.pkl', code: 'MAPS_UNREADABLE' }),
      'MAPS_UNREADABLE',
      /a\.pkl is truncated/,
    );
  });
});
