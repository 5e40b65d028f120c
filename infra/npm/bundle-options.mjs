import { basename, isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';

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

/** Whether a library is part of the bundle, and needs no installation beside it. */
export const isInlined = (name) => inlined.some((start) => name.startsWith(start));

/** How rolldown bundles an app that starts from the compiled module `main`. */
export function bundleOptions(main) {
  const entries = [main, ...threads.map((path) => fileURLToPath(new URL(path, repository)))];
  return {
    platform: 'node',
    input: Object.fromEntries(entries.map((path) => [basename(path, '.js'), path])),
    external: (id) => !isOurs(id) && !isInlined(id),
  };
}
