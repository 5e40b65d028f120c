import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, it } from 'vitest';

const repository = fileURLToPath(new URL('../..', import.meta.url));

/** Every source file of our packages, with the files among them that it imports, for types too. */
function importsOfAll(): Map<string, readonly string[]> {
  const files = ['libs', 'apps'].flatMap((group) =>
    readdirSync(join(repository, group), { recursive: true, encoding: 'utf8' })
      .filter((path) => /^[^/]+\/src\/.*\.ts$/.test(path) && !path.includes('/generated/'))
      .map((path) => join(repository, group, path)),
  );
  const known = new Set(files);
  return new Map(
    files.map((file) => {
      const { importedFiles } = ts.preProcessFile(readFileSync(file, 'utf8'));
      const own = importedFiles.map(({ fileName }) => resolve(dirname(file), fileName.replace(/\.js$/, '.ts')));
      return [file, own.filter((path) => known.has(path))];
    }),
  );
}

/** The first circle from `file` on: the files along it, with the first one repeated at the end. */
function circleFrom(
  file: string,
  imports: ReadonlyMap<string, readonly string[]>,
  { done, path }: { readonly done: Set<string>; readonly path: readonly string[] },
): string[] | undefined {
  if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
  if (done.has(file)) return undefined;
  for (const next of imports.get(file) ?? []) {
    const found = circleFrom(next, imports, { done, path: [...path, file] });
    if (found !== undefined) return found;
  }
  done.add(file);
  return undefined;
}

it('no source files import each other in a circle', () => {
  const imports = importsOfAll();
  expect(imports.size).toBeGreaterThan(600);
  const done = new Set<string>();
  const circles = [...imports.keys()].flatMap((file) => {
    const circle = circleFrom(file, imports, { done, path: [] });
    return circle === undefined ? [] : [circle.map((path) => path.replace(repository, '')).join(' → ')];
  });
  expect(circles).toEqual([]);
});
