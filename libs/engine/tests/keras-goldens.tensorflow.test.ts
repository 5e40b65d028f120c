import { readFileSync } from 'node:fs';
import { XaigridError } from '@xaigrid/contracts';
import { unzipSync } from 'fflate';
import { expect, it } from 'vitest';
import { createEngine, readModel } from '../src/index.js';

/** What Keras computes from a model that it saved: see libs/graph/tests/keras/make_keras.py. */
interface Golden {
  readonly shape: readonly number[];
  readonly x: readonly number[];
  readonly probabilities: readonly number[];
  readonly gradient: readonly number[];
}

const saved = ['keras2', 'keras3'].flatMap((name) => {
  const zip = unzipSync(readFileSync(new URL(`../../graph/tests/keras/${name}.zip`, import.meta.url)));
  const goldens = JSON.parse(new TextDecoder().decode(zip['goldens.json'])) as Record<string, Golden>;
  return Object.entries(zip).flatMap(([file, bytes]) => {
    const golden = goldens[file.replace(/\.(keras|h5)$/, '')];
    return golden === undefined ? [] : [{ name, file, bytes, golden }];
  });
});

/** The largest difference, over the largest magnitude. */
function differenceOf(found: ArrayLike<number>, expected: readonly number[]): number {
  expect(found.length).toBe(expected.length);
  const largest = Math.max(...expected.map(Math.abs), 1e-9);
  return Math.max(...expected.map((value, index) => Math.abs(value - (found[index] ?? NaN)))) / largest;
}

it.each(saved)(
  '$name: $file is computed as Keras computes it on the engine tensorflow, or refused by name',
  async ({ file, bytes, golden }) => {
    const { shape, x, probabilities, gradient } = golden;
    const [samples = 1] = shape;
    const model = await readModel({ files: [{ name: file, bytes }], name: file });
    try {
      const engine = await createEngine({ model, name: 'tensorflow', threads: 1 });
      const inputs = { shape, data: Float32Array.from(x) };
      const predicted = await engine.predict(inputs);
      expect(differenceOf(predicted.data, probabilities)).toBeLessThan(2e-5);
      const classes = Int32Array.from({ length: samples }, (_, row) => {
        const own = probabilities.slice(3 * row, 3 * row + 3);
        return own.indexOf(Math.max(...own));
      });
      const [found] = await engine.gradient({ inputs, classes, wrt: 'input', reduce: 'none' });
      expect(differenceOf(found?.gradient.data ?? [], gradient)).toBeLessThan(5e-5);
      await engine.close();
    } catch (error) {
      if (!(error instanceof XaigridError)) throw error;
      expect(error.code).toBe('OPERATION_UNSUPPORTED');
    }
  },
);
