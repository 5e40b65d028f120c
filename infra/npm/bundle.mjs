// Bundles an app's compiled modules, and those of the packages that it imports, into a few files in its folder `bundle`. Its
// commands start from there. Node reads and links one file at a time, which for 1,200 small ones takes longer than most commands
// need for their work.
import { rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { rolldown } from 'rolldown';
import { bundleOptions } from './bundle-options.mjs';

await rm('bundle', { recursive: true, force: true });
const bundle = await rolldown(bundleOptions(resolve('dist/main.js')));
await bundle.write({ dir: 'bundle', format: 'esm' });
await bundle.close();
