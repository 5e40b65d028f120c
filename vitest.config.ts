import { existsSync, readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** One vitest project a package, named like its folder: `npx vitest run --project tensor`. */
const packages = ['libs', 'apps'].flatMap((group) =>
  readdirSync(new URL(group, import.meta.url))
    .filter((name) => existsSync(new URL(`${group}/${name}/package.json`, import.meta.url)))
    .map((name) => ({ name, root: `./${group}/${name}`, include: ['tests/**/*.test.ts'] })),
);

// Packages are imported from their sources, so that tests never see a stale build.
const conditions = ['@xaigrid/source'];
const shared = { resolve: { conditions }, ssr: { resolve: { conditions } } };

export default defineConfig({
  test: {
    projects: [
      ...[...packages, { name: 'infra', root: './infra', include: ['tests/**/*.test.ts'] }].map(({ name, root, include }) => ({
        ...shared,
        root,
        test: {
          name,
          include,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: availableParallelism(),
          sequence: { groupOrder: 0 },
        },
      })),
      {
        // Whole-system tests start processes of their own: one file at a time, after the quick tests.
        ...shared,
        root: './tests',
        test: {
          name: 'tests',
          include: ['**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
