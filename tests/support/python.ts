import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Python libraries that are pinned together. */
export interface PythonEnvironment {
  /** The requirements for pip. */
  readonly requirements: string;
  /** The environment variable that names an interpreter with these libraries. */
  readonly variable: string;
}

/**
 * The interpreter that the environment variable names, or that of a virtual environment in `cache`, which is made with the pinned
 * requirements.
 */
export async function pythonIn(cache: string, { requirements, variable }: PythonEnvironment): Promise<string> {
  const named = process.env[variable];
  if (named !== undefined) return named;
  const digest = createHash('sha256').update(await readFile(requirements));
  const folder = join(cache, `venv-${digest.digest('hex').slice(0, 12)}`);
  const python = join(folder, 'bin', 'python');
  if (existsSync(join(folder, 'complete'))) return python;
  process.stdout.write(`Installing ${requirements} into ${folder}\n`);
  await run('python3', ['-m', 'venv', '--clear', folder]);
  await run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements]);
  await writeFile(join(folder, 'complete'), '');
  return python;
}

/** No compiled files beside the scripts; one thread, so that sums have one order. */
export const pythonProcess = { ...process.env, PYTHONDONTWRITEBYTECODE: '1', OMP_NUM_THREADS: '1' };

/**
 * Runs a program to its end.
 * @throws with the last line that names an error if it fails
 */
export function run(program: string, args: readonly string[], { quiet = false } = {}): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: pythonProcess, stdio: ['ignore', quiet ? 'ignore' : 'inherit', 'pipe'] });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-4000);
    });
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      if (code === 0) resolve();
      else
        reject(
          new Error(said.split('\n').findLast((line) => line.includes('Error')) ?? `it ended with ${String(code ?? signal)}`),
        );
    });
  });
}
