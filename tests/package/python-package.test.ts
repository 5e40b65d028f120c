import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { childEnvironment, repository } from '../support/processes.js';

/** What Python users get: the package with its Node, in an environment of its own. No other Node is on the PATH. */
let folder: string;
const python = (): string => join(folder, 'venv', 'bin', 'python');

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xaigrid-python-package-'));
  const client = join(folder, 'client');
  await cp(join(repository, 'clients', 'python'), client, {
    recursive: true,
    filter: (path) => !/[\\/](npm|tests|__pycache__)$/.test(path),
  });
  await mkdir(join(client, 'src', 'xaigrid', 'npm'));
  await mkdir(join(folder, 'path'));
  // A Postgres that root starts asks `id` for another user.
  await symlink('/usr/bin/id', join(folder, 'path', 'id'));
  await called(process.execPath, [join(repository, 'infra', 'npm', 'pack.mjs'), join(folder, 'packed')]);
  const [tarball = ''] = (await readdir(join(folder, 'packed'))).filter((name) => name.endsWith('.tgz'));
  await cp(join(folder, 'packed', tarball), join(client, 'src', 'xaigrid', 'npm', tarball));
  await called('python3', ['-m', 'venv', join(folder, 'venv')]);
  // What pip and npm have in the user's caches is not downloaded again.
  await called(python(), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `${client}[node]`], {
    XDG_CACHE_HOME: process.env.XDG_CACHE_HOME,
  });
}, 900_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

async function called(program: string, args: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<string> {
  const child = spawn(program, args, {
    cwd: folder,
    env: { ...childEnvironment(folder), XAIGRID_COMMAND: '', ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await once(child, 'close');
  if (child.exitCode !== 0) throw new Error(`${program} ${args.join(' ')} failed:\n${said}`);
  return said;
}

it('computes in an empty environment without Node: the command is installed once, with its first call', async () => {
  const withoutNode = { PATH: join(folder, 'path') };
  const program = `
import numpy, xaigrid
x = numpy.random.default_rng(0).normal(size=(4, 40, 1)).astype("float32")
result = xaigrid.evaluate(${JSON.stringify(join(repository, 'models/mnist1d-cnn/model.json'))}, x, [0, 1, 2, 3],
                          methods="grad-cam", metrics="complexity")
print(result.state, len(result.maps()))`;
  const first = await called(python(), ['-c', program], withoutNode);
  expect(first).toContain('Installing the command xaigrid into');
  expect(first).toMatch(/^done 4$/m);
  const second = await called(python(), ['-m', 'xaigrid', 'list'], withoutNode);
  expect(second).not.toContain('Installing');
  expect(second).toMatch(/^\w+ +done .* python +data/m);
}, 600_000);
