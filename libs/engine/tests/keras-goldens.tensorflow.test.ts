import { XaigridError } from '@xaigrid/contracts';
import { expect, it } from 'vitest';
import { createEngine, readModel } from '../src/index.js';
import { savedBy } from '../../graph/tests/reference/keras-goldens.js';

const saved = [...savedBy('keras2'), ...savedBy('keras3')];

/** The largest difference, over the largest magnitude. */
function differenceOf(found: ArrayLike<number>, expected: readonly number[]): number {
  expect(found.length).toBe(expected.length);
  const largest = Math.max(...expected.map(Math.abs), 1e-9);
  return Math.max(...expected.map((value, index) => Math.abs(value - (found[index] ?? NaN)))) / largest;
}

it.each(saved)(
  '$file is computed as Keras computes it on the engine tensorflow, or refused by name',
  async ({ file, files, golden }) => {
    const { shape, x, probabilities, gradient } = golden;
    const [samples = 1] = shape;
    const model = await readModel({ files, name: file });
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
      expect(differenceOf(found?.gradient.data ?? [], gradient)).toBeLessThan(1e-4);
      await engine.close();
    } catch (error) {
      if (!(error instanceof XaigridError)) throw error;
      expect(error.code).toBe('OPERATION_UNSUPPORTED');
    }
  },
);
