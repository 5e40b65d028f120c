import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCluster, type Cluster } from '../support/cluster.js';
import { childEnvironment, repository } from '../support/processes.js';
import { pythonIn } from '../support/python.js';

const client = join(repository, 'clients', 'python');

/**
 * The Python package, tested in a virtual environment with the pinned requirements, which is kept in the user's cache. Without
 * python3, or without an index of packages, the tests fail. Those of torch and Keras run where XAIGRID_PYTHON names an
 * interpreter that has them; otherwise they are skipped, because torch takes 3 GB.
 */
describe('the Python package', () => {
  let python: string;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xaigrid-python-'));
    const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'xaigrid-python');
    python = await pythonIn(cache, { requirements: join(client, 'tests', 'requirements.txt'), variable: 'XAIGRID_PYTHON' });
  }, 600_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function run(args: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<[number | null, string]> {
    const child = spawn(python, ['-m', ...args], {
      cwd: client,
      env: {
        ...childEnvironment(folder),
        ...{ PYTHONDONTWRITEBYTECODE: '1', PYTHONPATH: join(client, 'src'), RUFF_NO_CACHE: 'true' },
        ...{ XAIGRID_COMMAND: `"${process.execPath}" "${join(repository, 'apps', 'cli', 'bin', 'xaigrid.js')}"`, ...more },
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await once(child, 'close');
    return [child.exitCode, said];
  }

  it.each([
    ['has no mistakes that ruff finds', ['ruff', 'check', '.']],
    ['is formatted', ['ruff', 'format', '--check', '.']],
    ['has sound types', ['mypy', '--cache-dir', '/dev/null']],
  ])('%s', async (_title, args) => {
    const [status, said] = await run(args);
    expect(status, said).toBe(0);
  });

  it('installs with pip into an empty folder, with its types', async () => {
    const target = join(folder, 'installed');
    const [status, said] = await run(
      ['pip', 'install', '--quiet', '--no-deps', '--no-build-isolation', '--target', target, client],
      { PYTHONPATH: '', PIP_DISABLE_PIP_VERSION_CHECK: '1' },
    );
    expect(status, said).toBe(0);
    const program =
      'import pathlib, xaigrid; print(xaigrid.__version__, (pathlib.Path(xaigrid.__file__).parent / "py.typed").exists())';
    const child = spawn(python, ['-c', program], { cwd: folder, env: { ...childEnvironment(folder), PYTHONPATH: target } });
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    await once(child, 'close');
    expect(out).toMatch(/^\d+\.\d+\.\d+ True\n$/);
  });

  describe('with a cluster', () => {
    let cluster: Cluster;
    beforeAll(async () => {
      cluster = await startCluster({ XAIGRID_SPEC_ROOT: join(repository, 'models') });
      await cluster.start('xaigrid-explainer-worker');
      await cluster.start('xaigrid-metrics-worker');
      await cluster.start('xaigrid-orchestrator');
    });
    afterAll(() => cluster.stop());

    it('passes its own tests', async () => {
      const [status, said] = await run(['pytest', '-q', '--durations=5'], { XAIGRID_TEST_SERVER: cluster.serverUrl() });
      // What was skipped, and why, is part of the output.
      process.stdout.write(`${said.split('\n').slice(-20).join('\n')}\n`);
      expect(status, said).toBe(0);
      expect(said).not.toMatch(/SKIPPED.*orchestrator/);
    }, 600_000);
  });
});
