import { readdirSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

/** One vitest project a package, named like its folder: `npx vitest run --project tensor`. */
const packages = ['libs', 'apps'].flatMap((group) =>
  readdirSync(new URL(group, import.meta.url)).map((name) => ({ name, root: `./${group}/${name}` })),
);

// Packages are imported from their sources, so that tests never see a stale build.
const conditions = ['@xaigrid/source'];
const shared = { resolve: { conditions }, ssr: { resolve: { conditions } } };

export default defineConfig({
  test: {
    projects: packages.map(({ name, root }) => ({
      ...shared,
      root,
      test: { name, include: ['tests/**/*.test.ts'], testTimeout: 60_000, hookTimeout: 60_000 },
    })),
  },
});
