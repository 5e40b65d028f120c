import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { currentReference } from '../src/write-reference.js';

describe('docs/reference.md', () => {
  it('is what `npm run docs` would write', async () => {
    expect(await readFile(new URL('../../../docs/reference.md', import.meta.url), 'utf8')).toBe(currentReference());
  });
});
