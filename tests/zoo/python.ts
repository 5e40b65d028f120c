import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { Family, PythonEnvironment } from './families.js';

const listing = z.strictObject({
  /** Of the libraries, by name. */
  versions: z.record(z.string(), z.string()),
  architectures: z.array(z.string()),
});
export type Listing = z.infer<typeof listing>;

/** The interpreter that the environment's variable names, or one of a virtual environment in `cache`, made with the pinned requirements. */
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

export async function list(python: string, { script }: Family): Promise<Listing> {
  const { stdout } = await promisify(execFile)(python, [script, 'list'], { env: environment });
  return listing.parse(JSON.parse(stdout));
}

/** Writes a model's files into `folder`. @throws what Python said last where it failed */
export async function make(
  python: string,
  { family, architecture, folder }: { readonly family: Family; readonly architecture: string; readonly folder: string },
): Promise<void> {
  // The exporters print what they think of a model.
  await run(python, [family.script, 'make', architecture, folder], { quiet: true });
}

/** Without compiled files beside the scripts; one thread, so that sums have one order. */
const environment = { ...process.env, PYTHONDONTWRITEBYTECODE: '1', OMP_NUM_THREADS: '1' };

/** Runs a program to its end. @throws with the last line that names an error where it fails */
export function run(program: string, args: readonly string[], { quiet = false } = {}): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: environment, stdio: ['ignore', quiet ? 'ignore' : 'inherit', 'pipe'] });
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
