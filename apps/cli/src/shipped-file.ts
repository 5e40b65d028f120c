import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const own = dirname(createRequire(import.meta.url).resolve('xaigrid/package.json'));
/** The npm package has the folders beside its package.json; a clone has them in its root. */
const root = existsSync(join(own, 'models')) ? own : join(own, '../..');

/** A file of `models/` or `examples/`, which come with xaigrid: its absolute path. */
export const shippedFile = (path: string): string => join(root, path);
