// Module hooks: `./name.js` that is not there is `./name.ts`, and types are stripped from .ts files.
// Node 20 cannot strip types itself, and vitest's own loader does not reach worker threads. rolldown comes with vitest and
// strips a file in a fraction of a millisecond; loading the TypeScript compiler instead took 2 s a thread.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { transformSync } from 'rolldown/utils';

export async function resolve(specifier, context, next) {
  if (specifier.startsWith('.') && specifier.endsWith('.js') && context.parentURL?.endsWith('.ts')) {
    const source = new URL(specifier.replace(/\.js$/, '.ts'), context.parentURL);
    if (existsSync(fileURLToPath(source))) return { url: source.href, format: 'module', shortCircuit: true };
  }
  return next(specifier, context);
}

export async function load(url, context, next) {
  if (!url.endsWith('.ts')) return next(url, context);
  const source = await readFile(new URL(url), 'utf8');
  const { code, errors } = transformSync(fileURLToPath(url), source, { lang: 'ts', typescript: { onlyRemoveTypeImports: true } });
  if (errors.length > 0) throw new Error(`${url}: ${errors[0].message}`);
  return { format: 'module', shortCircuit: true, source: code };
}
