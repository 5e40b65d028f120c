import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { unzip } from '../src/unzip.js';

const text = (value: string) => new TextEncoder().encode(value);
const options = { names: ['a', 'b'], mostEntries: 3, failure: (reason: string) => new Error(reason) };
const archive = zipSync({ a: text('first'), '../b': text('elsewhere'), c: text('third') });

describe('unzip', () => {
  it('gives the wanted files by their exact names', () => {
    expect([...unzip(archive, options)]).toEqual([['a', text('first')]]);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['too many entries', zipSync({ ...{ a: text(''), b: text(''), c: text(''), d: text('') } }), /more than 3 entries/],
    ['a truncated archive', archive.slice(0, -30), /truncated or damaged/],
    ['noise', text('PK no archive'), /truncated or damaged/],
  ])('refuses %s', (_, bytes, reason) => {
    expect(() => unzip(bytes, options)).toThrow(reason);
  });

  it('refuses a file that claims more than its packed bytes can hold', () => {
    const bomb = Uint8Array.from(archive);
    // The unpacked size stands 24 bytes behind the signature of the first record of the central directory.
    const record = Buffer.from(bomb).indexOf(Buffer.from([0x50, 0x4b, 1, 2]));
    new DataView(bomb.buffer).setUint32(record + 24, 4_000_000_000, true);
    expect(() => unzip(bomb, options)).toThrow(/claims 4000000000 bytes for "a"/);
  });
});
