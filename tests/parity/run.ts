/**
 * Makes the numbers of other libraries anew that tests compare ours with: `npm run parity`, or `npm run parity -- quantus captum`. Each folder
 * here has the pinned requirements of a library and scripts that write the JSON file beside them. `git diff` then says what is another.
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pythonIn, run } from '../support/python.js';

const root = fileURLToPath(new URL('.', import.meta.url));
const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'xaigrid-parity');

const libraries = (await readdir(root, { withFileTypes: true }))
  .filter((entry) => entry.isDirectory() && existsSync(join(root, entry.name, 'requirements.txt')))
  .map(({ name }) => name)
  .sort();
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !libraries.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`There is no folder tests/parity/${unknown.join(', ')}. There are: ${libraries.join(', ')}.\n`);
  process.exit(2);
}

const failed: string[] = [];
await mkdir(cache, { recursive: true });
for (const library of asked.length > 0 ? asked : libraries) {
  const folder = join(root, library);
  const variable = `PARITY_${library.toUpperCase().replaceAll('-', '_')}_PYTHON`;
  const python = await pythonIn(cache, { requirements: join(folder, 'requirements.txt'), variable });
  // Scripts that others import have no numbers of their own.
  const scripts = (await readdir(folder)).filter(
    (name) => name.endsWith('.py') && existsSync(join(folder, name.replace(/\.py$/, '.json'))),
  );
  for (const script of scripts.sort()) {
    process.stdout.write(`${library}/${script}\n`);
    await run(python, [join(folder, script)], { quiet: true }).catch((error: unknown) => {
      failed.push(`${library}/${script}: ${error instanceof Error ? error.message : String(error)}`);
    });
  }
}
for (const failure of failed) process.stderr.write(`${failure}\n`);
process.exitCode = failed.length > 0 ? 1 : 0;
