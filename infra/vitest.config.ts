import { defineConfig } from 'vitest/config';

// Packages are imported from their sources, so that tests never see a stale build.
const conditions = ['@xaigrid/source'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    name: 'infra',
    include: ['tests/**/*.test.ts', 'grafana/tests/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
