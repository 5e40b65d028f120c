import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, it } from 'vitest';

/** Everything that a file imports, and what that imports. */
function importedBy(file: string, seen = new Map<string, string>()): ReadonlyMap<string, string> {
  for (const { fileName } of ts.preProcessFile(readFileSync(file, 'utf8')).importedFiles) {
    const own = fileName.startsWith('.') ? resolve(dirname(file), fileName.replace(/\.js$/, '.ts')) : fileName;
    if (seen.has(own)) continue;
    seen.set(own, file);
    if (own !== fileName) importedBy(own, seen);
  }
  return seen;
}

// What a page needs of contracts: what the API does, takes and answers.
it.each([
  'operations/table.ts',
  'operations/operation.ts',
  'api.ts',
  'api-answers.ts',
  'descriptions.ts',
  'progress/run-watch.ts',
  'markup-tables.ts',
])('%s needs nothing of Node', (name) => {
  const imports = importedBy(fileURLToPath(new URL(`../src/${name}`, import.meta.url)));
  const ofNode = [...imports].filter(([module]) => module.startsWith('node:'));
  expect(ofNode).toEqual([]);
});
