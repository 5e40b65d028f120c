import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { childEnvironment, repository } from '../support/processes.js';

const folder = join(repository, 'tests', 'api');

/**
 * The program that tries the API, at the version of requirements.txt.
 * Without one the test fails: a description that nothing was checked against is not known to be true.
 */
function schemathesis(): string {
  const places = (process.env.PATH ?? '').split(delimiter).map((place) => join(place, 'schemathesis'));
  const program = process.env.SCHEMATHESIS ?? places.find((place) => existsSync(place));
  if (program !== undefined) return program;
  throw new Error(
    'No schemathesis here. Make it a place: python3 -m venv ~/.venvs/schemathesis && ~/.venvs/schemathesis/bin/pip install -r tests/api/requirements.txt. Then name it: SCHEMATHESIS=~/.venvs/schemathesis/bin/schemathesis.',
  );
}

export interface Trial {
  /** 0: nothing was found that schemathesis.toml and refusals.py do not explain. */
  readonly status: number | null;
  /** What it did and found, for people. */
  readonly report: string;
}

/** Tries a running API. @param options.cwd where it keeps what it remembers */
export async function tryApi(options: {
  readonly url: string;
  readonly args: readonly string[];
  readonly cwd: string;
}): Promise<Trial> {
  const config = ['--no-color', '--config-file', join(folder, 'schemathesis.toml')];
  const child = spawn(schemathesis(), [...config, 'run', `${options.url}/openapi.json`, ...options.args], {
    cwd: options.cwd,
    // refusals.py is found by its name.
    env: { ...childEnvironment(options.cwd), PYTHONPATH: folder, PYTHONDONTWRITEBYTECODE: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let report = '';
  child.stdout.on('data', (chunk: Buffer) => (report += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (report += chunk.toString()));
  await once(child, 'close');
  return { status: child.exitCode, report };
}
