// Bundles an app's compiled modules, and those of the packages that it imports, into a few files in its folder `bundle`. Its
// commands start from there. Node reads and links one file at a time, which for 1,200 small ones takes longer than most commands
// need for their work.
import { rm } from 'node:fs/promises';
import { basename, isAbsolute, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const repository = new URL('../../', import.meta.url);

/** Programs of threads. The module that starts one finds it by a path beside itself, so each is a file with its own name. */
const threads = [
  'libs/engine/dist/thread/engine-thread.js',
  'libs/engine/dist/own-file/check-thread.js',
  'libs/graph/dist/keras/hdf5-thread.js',
];
/**
 * Libraries of many small modules. All others are loaded from node_modules: some bring native parts or look for their own files.
 */
const inlined = ['cli-table3', 'commander', 'csv-stringify', 'd3-', 'yaml', 'zod'];

const isOurs = (id) => id.startsWith('.') || isAbsolute(id) || id.startsWith('@xaigrid/');
const entries = [resolve('dist/main.js'), ...threads.map((path) => fileURLToPath(new URL(path, repository)))];

await rm('bundle', { recursive: true, force: true });
const bundle = await rolldown({
  platform: 'node',
  input: Object.fromEntries(entries.map((path) => [basename(path, '.js'), path])),
  external: (id) => !isOurs(id) && !inlined.some((name) => id.startsWith(name)),
});
await bundle.write({ dir: 'bundle', format: 'esm' });
await bundle.close();
