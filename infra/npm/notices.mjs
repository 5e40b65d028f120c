import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * The licences of the libraries whose code is in a package.
 *
 * @param modules the paths of the bundled modules in node_modules
 * @param page the file with the licences of the libraries in the page, which Vite wrote
 * @throws Error for a library without a text of its licence
 */
export async function noticesOf(modules, page) {
  const folders = [...new Set(modules.map((path) => rootOf(path)))].sort();
  const entries = folders.map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const file = readdirSync(folder).find((entry) => /^licen[cs]e(\.|$)/i.test(entry));
    if (file === undefined) throw new Error(`${name} ${version} has no file with its licence (${license}).`);
    return `## ${name} ${version} (${license})\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
  });
  const ofPage = (await readFile(page, 'utf8')).replace(/^# .*\n+/, '').trim();
  return [
    '# Third-party notices',
    'The package xaigrid contains code of the following libraries. Its dependencies come with their own licences.',
    '# In the command',
    ...entries,
    '# In the page',
    `${ofPage}\n`,
  ].join('\n\n');
}

/** The folder of the package that a module belongs to: the nearest with a package.json that has a name and a version. */
function rootOf(path) {
  let folder = dirname(path);
  for (;;) {
    const file = join(folder, 'package.json');
    if (existsSync(file)) {
      const { name, version } = JSON.parse(readFileSync(file, 'utf8'));
      if (name !== undefined && version !== undefined) return folder;
    }
    folder = dirname(folder);
  }
}
