import { expect, it } from 'vitest';
import { inspectModel, type Model } from '@xaigrid/graph';
import { assertExecutable } from '../src/assert-executable.js';
import { createEngine, readModel } from '../src/index.js';
import { savedBy } from '../../graph/tests/reference/keras-goldens.js';

const saved = [...savedBy('keras2'), ...savedBy('keras3')];

/** The largest difference, over the largest magnitude. */
function differenceOf(found: ArrayLike<number>, expected: readonly number[]): number {
  expect(found.length).toBe(expected.length);
  const largest = Math.max(...expected.map(Math.abs), 1e-9);
  return Math.max(...expected.map((value, index) => Math.abs(value - (found[index] ?? NaN)))) / largest;
}

function isRefused(model: Model): boolean {
  try {
    assertExecutable('tensorflow', model);
    return false;
  } catch (error) {
    expect(error).toMatchObject({ code: 'OPERATION_UNSUPPORTED' });
    return true;
  }
}

it.each(saved)(
  '$file is computed as Keras computes it on the engine tensorflow, or refused by name',
  async ({ file, files, golden }) => {
    const { shape, x, probabilities, gradient } = golden;
    const [samples = 1] = shape;
    const model = await readModel({ files, name: file });
    // What the plan lets pass must be computed.
    if (isRefused(model)) return;
    const engine = await createEngine({ model, name: 'tensorflow', threads: 1 });
    const inputs = { shape, data: Float32Array.from(x) };
    const predicted = await engine.predict(inputs);
    expect(differenceOf(predicted.data, probabilities)).toBeLessThan(2e-5);
    const classes = Int32Array.from({ length: samples }, (_, row) => {
      const own = probabilities.slice(3 * row, 3 * row + 3);
      return own.indexOf(Math.max(...own));
    });
    // A number that is looked up in a table has no gradient, which the plan knows too.
    if (inspectModel(model).gradient.supported) {
      const [found] = await engine.gradient({ inputs, classes, wrt: 'input', reduce: 'none' });
      expect(differenceOf(found?.gradient.data ?? [], gradient)).toBeLessThan(1e-4);
    }
    await engine.close();
  },
);
