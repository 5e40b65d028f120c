import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { canonicalJson, contentHash, fileReferenceOf, sha256 } from '../src/index.js';

describe('canonicalJson', () => {
  it('does not depend on the order of keys', () => {
    expect(canonicalJson({ b: [1, { d: 2, c: 3 }], a: 'x' })).toBe('{"a":"x","b":[1,{"c":3,"d":2}]}');
    expect(contentHash({ a: 1, b: 2 })).toBe(contentHash({ b: 2, a: 1 }));
  });

  it('writes numbers as RFC 8785 does', () => {
    // The examples of the RFC's appendix B.
    expect(canonicalJson([Number('333333333.33333329'), 1e30, 4.5, 2e-3, 1e-27, -0])).toBe(
      '[333333333.3333333,1e+30,4.5,0.002,1e-27,0]',
    );
  });
});

describe('sha256', () => {
  it('gives the digest of "abc" that FIPS 180-4 publishes, whole or in pieces', () => {
    const digest = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
    expect(sha256('abc')).toBe(digest);
    expect(sha256('a', Buffer.from('bc'))).toBe(digest);
  });

  it('of a file is that of its bytes', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'xaigrid-hash-'));
    try {
      const path = join(folder, 'abc.txt');
      await writeFile(path, 'abc');
      expect(await fileReferenceOf(path)).toEqual({ name: 'abc.txt', sha256: sha256('abc'), size: 3, path });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
