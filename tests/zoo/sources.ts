import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Family } from './families.js';
import type { Listing } from './python.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const measuring = ['tensor', 'graph', 'engine', 'explainers'].map((name) => join(root, 'libs', name, 'src'));

/** Of all that results depend on: our sources, the family's scripts, and the libraries' versions. */
export async function keyOf({ script }: Family, { versions }: Listing): Promise<string> {
  const digest = createHash('sha256').update(JSON.stringify(versions));
  for (const folder of [...measuring, dirname(script), join(dirname(script), '..', 'shared')]) {
    const names = (await readdir(folder, { recursive: true })).filter((name) => /\.(ts|py)$/.test(name));
    for (const name of names.sort()) digest.update(name).update(await readFile(join(folder, name)));
  }
  return digest.digest('hex').slice(0, 16);
}
