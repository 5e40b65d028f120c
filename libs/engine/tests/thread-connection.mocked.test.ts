import { Worker } from 'node:worker_threads';
import { expect, it, vi } from 'vitest';
import { connectThread } from '../src/thread/thread-connection.js';
import { report1d } from './models/keras-models.js';
import { readTestModel } from './models/read-test-model.js';

const program = vi.hoisted(() => ({ source: '' }));

// Programs that die on purpose, in the place of an engine's.
vi.mock('../src/thread/start-thread.js', () => ({ startThread: () => new Worker(program.source, { eval: true }) }));

const greet = `const { parentPort } = require('node:worker_threads'); parentPort.postMessage({ kind: 'ready', version: 'x', model: {}, batchSize: 1 });`;

async function connect(source: string) {
  program.source = source;
  return connectThread({ model: await readTestModel(report1d), name: 'onnxruntime', device: 'cpu', threads: 1 });
}

it('fails all pending calls when the thread exits', async () => {
  const connection = await connect(`${greet} parentPort.on('message', () => process.exit(7));`);
  const calls = [connection.call(0, 'predict', []), connection.make('deepLift', [])];
  for (const result of await Promise.allSettled(calls)) {
    expect(result).toMatchObject({
      status: 'rejected',
      reason: { code: 'ENGINE_ENDED', message: "The engine's thread died: it exited with status 7. Make a new engine." },
    });
  }
  await expect(connection.call(0, 'predict', [])).rejects.toMatchObject({ code: 'ENGINE_ENDED' });
  await connection.end();
});

it('names the error that killed the thread', async () => {
  const connection = await connect(`${greet} parentPort.on('message', () => { throw new Error('out of memory'); });`);
  await expect(connection.call(0, 'predict', [])).rejects.toMatchObject({
    code: 'ENGINE_ENDED',
    message: "The engine's thread died: out of memory. Make a new engine.",
  });
  await connection.end();
});

it('revives errors with their code', async () => {
  const connection = await connect(
    `${greet} parentPort.on('message', ({ id }) => parentPort.postMessage({ kind: 'error', id, error: { code: 'LAYER_NOT_FOUND', message: 'no such layer' } }));`,
  );
  await expect(connection.call(0, 'activations', [])).rejects.toMatchObject({
    name: 'XaigridError',
    code: 'LAYER_NOT_FOUND',
    message: 'no such layer',
  });
});

it('does not wait for a thread that dies before it is ready', async () => {
  await expect(connect('process.exit(3)')).rejects.toMatchObject({
    code: 'ENGINE_ENDED',
    message: "The engine's thread did not start: it exited with status 3.",
  });
  await expect(connect("throw new Error('no memory')")).rejects.toMatchObject({ code: 'ENGINE_ENDED' });
});
