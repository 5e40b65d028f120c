import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

/** Runs a TypeScript module of this folder in a process of its own, with packages from their sources as in the tests: `node run.mjs MODULE ARGS…`. */
const conditions = ['@xaigrid/source'];
const [, , name = ''] = process.argv;
await runnerImport(fileURLToPath(new URL(name, import.meta.url)), {
  configFile: false,
  logLevel: 'error',
  resolve: { conditions },
  ssr: { resolve: { conditions } },
});
