import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { places } from '../npm/set-version.mjs';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string): string => readFileSync(join(repository, path), 'utf8');
const { version } = JSON.parse(read('package.json')) as { readonly version: string };

it('every package, the Python package and the image have the version of the repository', () => {
  expect(places.length).toBeGreaterThan(20);
  const others = places.flatMap(([path, texts]) => {
    const content = read(path);
    const missing = texts.filter((text) => !content.includes(text.replace('VERSION', version)));
    const ofOurs = [...content.matchAll(/"(@xaigrid\/[^"]+)": "(\d[^"]*)"/g)].filter(([, , wanted]) => wanted !== version);
    return [...missing, ...ofOurs.map(([text]) => text)].map((text) => `${path}: ${text}`);
  });
  expect(others).toEqual([]);
});

it('the lock has the same version for our packages', () => {
  const { packages } = JSON.parse(read('package-lock.json')) as {
    readonly packages: Readonly<Record<string, { readonly version?: string; readonly dependencies?: Record<string, string> }>>;
  };
  const ours = Object.entries(packages).filter(([path]) => !path.includes('node_modules/'));
  expect(ours.filter(([, entry]) => entry.version !== version).map(([path]) => path)).toEqual([]);
});
