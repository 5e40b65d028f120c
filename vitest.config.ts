import { existsSync, readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** One vitest project a package, named like its folder: `npx vitest run --project tensor`. */
const packages = [
  ...['libs', 'apps'].flatMap((group) =>
    readdirSync(new URL(group, import.meta.url))
      .filter((name) => existsSync(new URL(`${group}/${name}/package.json`, import.meta.url)))
      .map((name) => ({ name, root: `./${group}/${name}` })),
  ),
  { name: 'infra', root: './infra' },
];
/** Tests that put something in the place of a module. */
const mocked = 'tests/**/*.mocked.test.ts';

// Packages are imported from their sources, so that tests never see a stale build.
const conditions = ['@xaigrid/source'];
const shared = { resolve: { conditions }, ssr: { resolve: { conditions } } };

const alone = ['load/**/*.test.ts'];

function packageTests({
  root,
  ...project
}: {
  readonly name: string;
  readonly root: string;
  readonly include: string[];
  readonly exclude?: string[];
  readonly isolate: boolean;
}) {
  return {
    ...shared,
    root,
    test: {
      ...project,
      testTimeout: 60_000,
      hookTimeout: 60_000,
      maxWorkers: availableParallelism(),
      // What tests keep of models that they checked is not in the user's own cache.
      env: { XDG_CACHE_HOME: fileURLToPath(new URL('node_modules/.cache', import.meta.url)) },
      sequence: { groupOrder: 0 },
    },
  };
}

function systemTests({
  groupOrder,
  ...project
}: {
  readonly name: string;
  readonly include: string[];
  readonly exclude?: string[];
  readonly maxWorkers: number;
  readonly groupOrder: number;
}) {
  return {
    ...shared,
    root: './tests',
    test: { ...project, testTimeout: 120_000, hookTimeout: 120_000, sequence: { groupOrder } },
  };
}

export default defineConfig({
  test: {
    projects: [
      // The files of a package share modules that were loaded once; loading them for each took half of the time.
      ...packages.map((one) => packageTests({ ...one, include: ['tests/**/*.test.ts'], exclude: [mocked], isolate: false })),
      packageTests({ name: 'engine-mocked', root: './libs/engine', include: [mocked], isolate: true }),
      // Whole-system tests start processes of their own, after the quick tests. They go two files at a time; what measures how runs share
      // workers has the machine for itself.
      systemTests({
        name: 'tests',
        include: ['**/*.test.ts'],
        exclude: alone,
        maxWorkers: Math.min(2, availableParallelism()),
        groupOrder: 1,
      }),
      systemTests({ name: 'load', include: alone, maxWorkers: 1, groupOrder: 2 }),
    ],
  },
});
