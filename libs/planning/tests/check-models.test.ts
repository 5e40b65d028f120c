import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readModel } from '@xaigrid/engine';
import { constantOf, GraphBuilder, writeOnnx } from '@xaigrid/graph';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createChecksCache } from '../src/checks-cache.js';
import { checkModels, type ModelToCheck } from '../src/check-models.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xaigrid-check-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Two features, two classes, logits x · weights. */
function linear(weights: readonly number[]): Uint8Array {
  const b = new GraphBuilder('linear');
  b.output(
    b.named('logits', 'MatMul', [b.input('x', 'float', [null, 2]), b.constant(constantOf('float', [2, 2], [...weights]))]),
  );
  return writeOnnx(b.build());
}

const identity = [1, 0, 0, 1];

/** A model that was read from one file and is said to be of another. */
async function modelToCheck(options: {
  readonly read: readonly number[];
  readonly file: readonly number[];
}): Promise<ModelToCheck> {
  const path = join(folder, `${options.file.join('_')}.onnx`);
  await writeFile(path, linear(options.file));
  return {
    name: 'mine',
    model: await readModel({ files: [{ name: 'm.onnx', bytes: linear(options.read) }], name: 'mine' }),
    files: [{ name: 'm.onnx', path, sha256: '0'.repeat(64), size: 1 }],
    samples: { shape: [2, 2], data: Float32Array.of(0, 0, 1, 0) },
  };
}

/** A cache of its own for each call. */
let caches = 0;
const options = (cache = createChecksCache(join(folder, `cache ${(caches += 1)}`))) => ({
  engine: 'onnxruntime' as const,
  cache,
});

describe('checking models against their files', () => {
  it('finds nothing where a model is what its file is', async () => {
    expect(await checkModels([await modelToCheck({ read: identity, file: identity })], options())).toEqual([]);
  });

  it('refuses a model that is not, with both numbers and a way out', async () => {
    const misread = await modelToCheck({ read: identity, file: [2, 0, 0, 1] });
    // softmax(2, 0) and softmax(1, 0); both are even at the first sample, 0.
    await expect(checkModels([misread], options())).rejects.toMatchObject({
      code: 'MODEL_MISREAD',
      message: expect.stringMatching(
        /^Model "mine" differs from its file: for class 0, the second test sample .* 0\.8808 by onnxruntime-node .* 0\.7311 in a batch in xaigrid.*Export it again/,
      ) as string,
    });
  });

  it('tells what was not compared', async () => {
    const { files, ...model } = await modelToCheck({ read: identity, file: identity });
    const gone = files.map((file) => ({ ...file, path: join(folder, 'gone.onnx') }));
    const [note] = await checkModels([{ ...model, files: gone }], options());
    expect(note).toMatch(
      /^Model "mine" was not compared with its file: ONNX Runtime cannot load the file: .*gone\.onnx.* Nothing else confirms what xaigrid computes with it\.$/,
    );
  });

  it('is done once for a file and the graph that is made of it', async () => {
    const cache = createChecksCache(join(folder, 'kept'));
    const right = await modelToCheck({ read: identity, file: identity });
    expect(await checkModels([right], options(cache))).toEqual([]);
    // The file is gone, and nobody looks for it.
    const gone = { ...right, files: right.files.map((file) => ({ ...file, path: join(folder, 'gone.onnx') })) };
    expect(await checkModels([gone], options(cache))).toEqual([]);
    // Another graph of it, as another version might make.
    const { model } = await modelToCheck({ read: [2, 0, 0, 1], file: identity });
    await expect(checkModels([{ ...right, model }], options(cache))).rejects.toMatchObject({ code: 'MODEL_MISREAD' });
    // What was refused is not kept.
    await expect(checkModels([{ ...right, model }], options(cache))).rejects.toMatchObject({ code: 'MODEL_MISREAD' });
  });

  it('is done each time where nothing can be kept', async () => {
    const right = await modelToCheck({ read: identity, file: identity });
    expect(await checkModels([right], options(createChecksCache('/proc/nope')))).toEqual([]);
  });
});
