import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const loader = new URL('../source-loader/register.mjs', import.meta.url).href;
const moduleOf = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);

/** Makes an engine and predicts: what would be told. */
const computing = `const { createEngine } = await import(${moduleOf('../src/index.ts')});
const { readTestModel } = await import(${moduleOf('./models/read-test-model.ts')});
const { strided } = await import(${moduleOf('./models/keras-models.ts')});
const { samplesFor } = await import(${moduleOf('./models/samples.ts')});
const engine = await createEngine({ model: await readTestModel(strided), name: 'onnxruntime', threads: 1, isolate: false });
await engine.predict(samplesFor(strided, 1, 1));
await engine.close();`;

describe('ONNX Runtime', () => {
  let home: string;
  beforeEach(async () => (home = await mkdtemp(join(tmpdir(), 'xaigrid-telemetry-'))));
  afterEach(() => rm(home, { recursive: true, force: true }));

  /** Runs a program in a process whose environment has of the switch only what is given. */
  async function run(program: string, environment: NodeJS.ProcessEnv = {}): Promise<string> {
    const args = ['--conditions=@xaigrid/source', '--import', loader, '--input-type=module', '--eval', program];
    const env = { PATH: process.env.PATH, HOME: home, TMPDIR: home, ...environment };
    const { stdout } = await promisify(execFile)(process.execPath, args, { env, cwd: import.meta.dirname });
    return stdout.trim();
  }

  /** The same program in a worker thread, whose own `process.env` says what native code does not see. */
  const inThread = (program: string): string => `import { Worker } from 'node:worker_threads';
const program = ${JSON.stringify(`process.env.ORT_DISABLE_TELEMETRY = '1';\n${program}`)};
const worker = new Worker(new URL('data:text/javascript,' + encodeURIComponent(program)), {
  execArgv: ['--conditions=@xaigrid/source', '--import', ${JSON.stringify(loader)}],
});
worker.on('error', (error) => console.log(error.code, error.message));
worker.on('exit', () => console.log('over'));`;

  it.each([{}, { ORT_DISABLE_TELEMETRY: '0' }])(
    'keeps no device id and no events in the home of its user (%o)',
    async (given) => {
      expect(await run(`${computing} console.log(process.env.ORT_DISABLE_TELEMETRY);`, given)).toBe('1');
      expect(await readdir(home)).toEqual([]);
    },
  );

  it('is not loaded by a thread whose process was not silenced', async () => {
    expect(await run(inThread(computing))).toMatch(
      /^ENGINE_UNAVAILABLE ONNX Runtime is not loaded in this thread, because it would send telemetry: ORT_DISABLE_TELEMETRY=1 is missing.*\nover$/,
    );
    expect(await readdir(home)).toEqual([]);
  });

  it('is loaded by a thread of a process that was', async () => {
    expect(await run(inThread(computing), { ORT_DISABLE_TELEMETRY: '1' })).toBe('over');
    expect(await readdir(home)).toEqual([]);
  });
});
