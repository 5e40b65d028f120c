import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pythonIn } from '../support/python.ts';

/**
 * A Python with the libraries that are measured beside xaigrid. They are installed with PyTorch (3 GB) into a cache, unless BENCH_PYTHON
 * names an interpreter that has them.
 * @returns {Promise<string>} the interpreter
 */
export async function libraries() {
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'xaigrid-bench');
  await mkdir(cache, { recursive: true });
  const requirements = fileURLToPath(new URL('requirements.txt', import.meta.url));
  return pythonIn(cache, { requirements, variable: 'BENCH_PYTHON' });
}
