import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { constantOf, GraphBuilder, writeOnnx } from '@xaigrid/graph';
import { encodeNpy } from '@xaigrid/tensor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { childEnvironment, repository, type Finished } from '../support/processes.js';

/** What users get from npm: the package is packed, installed into an empty folder outside the clone, and used there. */
describe('the npm package', () => {
  let folder: string;
  let project: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xaigrid-package-'));
    project = join(folder, 'project');
    await mkdir(project);
    await called(process.execPath, [join(repository, 'infra', 'npm', 'pack.mjs'), join(folder, 'packed')]);
    const tarball = join(folder, 'packed', `xaigrid-${(await manifestOf(repository)).version}.tgz`);
    // Only what the cache of npm does not have yet is downloaded.
    await called('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', tarball], {
      ONNXRUNTIME_NODE_INSTALL: 'skip',
    });
  }, 900_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** Starts a program in the project. Its home is the folder of the test, but npm's cache is that of the user. */
  function launch(program: string, args: readonly string[], more: Readonly<Record<string, string>> = {}) {
    const child = spawn(program, args, {
      cwd: project,
      env: { ...childEnvironment(folder), ...more },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const said = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => (said.stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (said.stderr += chunk.toString()));
    return { child, said, closed: once(child, 'close') };
  }

  async function called(
    program: string,
    args: readonly string[],
    more: Readonly<Record<string, string>> = {},
  ): Promise<Finished> {
    const { child, said, closed } = launch(program, args, more);
    await closed;
    if (child.exitCode !== 0) throw new Error(`${program} ${args.join(' ')} failed:\n${said.stdout}${said.stderr}`);
    return { status: child.exitCode, ...said };
  }

  const command = (): string => join(project, 'node_modules', '.bin', 'xaigrid');
  const xaigrid = (...args: string[]): Promise<Finished> => called(command(), args);
  const manifestOf = async (place: string) =>
    JSON.parse(await readFile(join(place, 'package.json'), 'utf8')) as {
      readonly version: string;
      readonly dependencies: Readonly<Record<string, string>>;
    };

  it('has the version of the repository, exact versions of its dependencies, and the licences of what it contains', async () => {
    const installed = join(project, 'node_modules', 'xaigrid');
    const { version, dependencies } = await manifestOf(installed);
    expect((await xaigrid('--version')).stdout.trim()).toBe(version);
    expect(version).toBe((await manifestOf(repository)).version);
    expect(Object.entries(dependencies).filter(([, wanted]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(wanted))).toEqual([]);
    expect(Object.keys(dependencies).filter((name) => name.startsWith('@xaigrid/'))).toEqual([]);
    const notices = await readFile(join(installed, 'THIRD-PARTY-NOTICES.md'), 'utf8');
    for (const library of ['commander', 'zod', 'react', '@mantine/core', 'd3-scale-chromatic'])
      expect(notices).toMatch(new RegExp(`^## ${library} (- )?\\d+\\.\\d+\\.\\d+ \\((MIT|ISC)\\)$`, 'm'));
    expect(await readdir(installed)).toEqual(expect.arrayContaining(['LICENSE', 'README.md']));
  });

  it('computes the demo, whose models and spec come with it', async () => {
    const { stdout, stderr } = await xaigrid('demo', '--limit', '2');
    for (const dataset of ['mnist1d', 'texture-patches']) expect(stdout).toMatch(new RegExp(`^${dataset} `, 'm'));
    expect(stderr).toContain(join(folder, '.local', 'share', 'xaigrid'));
  }, 300_000);

  it('runs the spec that init writes, and one with an ONNX model and arrays', async () => {
    await xaigrid('init', 'first.yaml');
    expect((await xaigrid('validate', 'first.yaml')).stderr).toContain('first.yaml is valid');
    const spread = (count: number) => Float32Array.from({ length: count }, (_, i) => ((i * 0.618034) % 1) - 0.5);
    const builder = new GraphBuilder();
    const x = builder.input('x', 'float', [null, 1, 4, 4]);
    const features = builder.node('Relu', [builder.node('Conv', [x, constant(builder, [3, 1, 2, 2], spread(12))])]);
    const scores = builder.node('MatMul', [builder.node('Flatten', [features]), constant(builder, [27, 3], spread(81))]);
    builder.output(builder.node('Softmax', [scores]));
    await writeFile(join(project, 'model.onnx'), writeOnnx(builder.build()));
    await writeFile(join(project, 'x.npy'), encodeNpy({ shape: [6, 4, 4, 1], data: spread(96) }));
    await writeFile(join(project, 'y.npy'), encodeNpy({ shape: [6], data: Float32Array.from([0, 1, 2, 0, 1, 2]) }));
    await writeFile(
      join(project, 'own.json'),
      JSON.stringify({
        name: 'own',
        datasets: { images: { kind: 'npy', x: 'x.npy', y: 'y.npy' } },
        models: { cnn: { path: 'model.onnx' } },
        evaluations: [
          {
            ...{ dataset: 'images', model: 'cnn', metrics: ['deletion-insertion'] },
            explainers: ['grad-cam', { method: 'shap-gradient', background: { dataset: 'images' } }],
          },
        ],
      }),
    );
    const { stdout } = await xaigrid('run', 'own.json', '--json');
    const { table } = JSON.parse(stdout) as { readonly table: readonly { readonly label: string; readonly samples: number }[] };
    expect(new Set(table.map(({ label }) => label))).toEqual(new Set(['grad-cam', 'shap-gradient']));
    expect(table.every(({ samples }) => samples === 6)).toBe(true);
    // Pictures need the fonts, and the page of the report its libraries.
    await xaigrid('report', 'latest', '--out', 'report.html');
    expect(await readFile(join(project, 'report.html'), 'utf8')).toContain('grad-cam');
  }, 300_000);

  it('serves the page, and says what works on this machine', async () => {
    const { child, said, closed } = launch(command(), ['ui', '--no-open', '--port', '0']);
    try {
      const deadline = AbortSignal.timeout(60_000);
      while (!/http:\/\/127\.0\.0\.1:\d+/.test(said.stdout + said.stderr)) {
        deadline.throwIfAborted();
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      const address = /http:\/\/127\.0\.0\.1:\d+\S*/.exec(said.stdout + said.stderr)?.[0] ?? '';
      const page = await (await fetch(address)).text();
      const script = /src="([^"]+\.js)"/.exec(page)?.[1];
      expect((await fetch(new URL(script ?? 'none', address))).headers.get('content-type')).toContain('text/javascript');
    } finally {
      child.kill('SIGINT');
      await closed;
    }
    const checks = JSON.parse((await xaigrid('doctor', '--json')).stdout) as readonly { readonly state: string }[];
    expect(checks.filter(({ state }) => state !== 'ok' && state !== 'off')).toEqual([]);
  }, 300_000);
});

const constant = (builder: GraphBuilder, shape: readonly number[], values: Float32Array) =>
  builder.constant(constantOf('float', shape, [...values]));
