import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const repository = fileURLToPath(new URL('../..', import.meta.url));

it('the bundle of a command has every program of a thread beside the module that starts it', () => {
  const programs = readdirSync(join(repository, 'libs'), { recursive: true, encoding: 'utf8' })
    .filter((path) => /^[^/]+\/src\/.*\.ts$/.test(path) && !path.includes('/generated/'))
    .flatMap((path) => {
      const source = readFileSync(join(repository, 'libs', path), 'utf8');
      const started = source.matchAll(/(?<!`)new URL\('\.\/([^']+\.js)', import\.meta\.url\)/g);
      return [...started].map(([, name = '']) => join('libs', dirname(path).replace('/src', '/dist'), name));
    });
  const bundled = readFileSync(join(repository, 'infra/npm/bundle-options.mjs'), 'utf8').matchAll(/'(libs\/.+\.js)'/g);
  expect([...bundled].map(([, path]) => path).toSorted()).toEqual([...new Set(programs)].toSorted());
  // Names of files in one folder.
  const names = programs.map((path) => path.split('/').at(-1));
  expect(new Set(names).size).toBe(names.length);
});
