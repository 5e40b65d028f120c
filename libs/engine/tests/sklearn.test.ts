import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sklearnFile, sklearnGoldens } from '../../graph/tests/reference/sklearn-goldens.js';
import { createEngine, readModel } from '../src/index.js';
import { examine } from '../src/own-file/examine.js';

const { samples, cases } = sklearnGoldens;
const FEATURES = samples[0]?.length ?? 0;
/** More than a batch of the engine, and none of its multiples. */
const ROWS = 203;
const rows = Array.from({ length: ROWS }, (_, row) => row % samples.length);
const tensorOf = (of: readonly number[]) => ({
  shape: [of.length, FEATURES],
  data: Float32Array.from(of.flatMap((row) => samples[row] ?? [])),
});

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xaigrid-sklearn-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each(cases)('scikit-learn’s $name', ({ name, probabilities }) => {
  it('predicts batches as scikit-learn does', async () => {
    const model = await readModel({ files: [sklearnFile(name)], name });
    const engine = await createEngine({ model, name: 'onnxruntime', threads: 1 });
    try {
      const { data } = await engine.predict(tensorOf(rows));
      const wanted = rows.flatMap((row) => probabilities[row] ?? []);
      // float32 against float64.
      const apart = wanted.map((value, at) => Math.abs(value - (data[at] ?? NaN)));
      expect(Math.max(...apart)).toBeLessThan(4e-7);
    } finally {
      await engine.close();
    }
  });
});

it.each([
  'logistic',
  'logistic-zipmap',
  'logistic-texts-zipmap',
  'logistic-columns-zipmap',
  'forest-double-zipmap',
  'neighbours-zipmap',
])('is compared with its own file: %s', async (name) => {
  const file = sklearnFile(name);
  const path = join(folder, file.name);
  await writeFile(path, file.bytes);
  const model = await readModel({ files: [file], name });
  const { ownFile } = await examine({ model, path, engine: 'onnxruntime', samples: tensorOf([0, 3, 7]) });
  expect(ownFile).toMatchObject({ result: 'same', samples: 3 });
  // Both are float32.
  expect(ownFile).toHaveProperty('largestDifference', expect.closeTo(0, 6));
});
