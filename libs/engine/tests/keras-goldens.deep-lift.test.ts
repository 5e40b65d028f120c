import { inspectModel } from '@xaigrid/graph';
import { expect, it } from 'vitest';
import { createEngine, readModel } from '../src/index.js';
import { savedBy } from '../../graph/tests/reference/keras-goldens.js';

const saved = savedBy('keras3').filter(({ file }) => file.endsWith('.keras'));

it.each(saved)(
  'Deep SHAP of $file adds up to what Keras predicts, or inspect says why it cannot',
  async ({ file, files, golden }) => {
    const model = await readModel({ files, name: file });
    const [samples = 1, ...shape] = golden.shape;
    const x = Float32Array.from(golden.x);
    const size = x.length / samples;
    // The other sample, and one half way between both.
    const references = Float32Array.from({ length: 2 * size }, (_, i) =>
      i < size ? (x[i + size] ?? 0) : ((x[i - size] ?? 0) + (x[i] ?? 0)) / 2,
    );
    const engine = await createEngine({ model, name: 'onnxruntime', threads: 1 });
    const attempt = engine.deepLift({ shape: [2, ...shape], data: references });
    if (!inspectModel(model).deepLift.supported) {
      await expect(attempt).rejects.toMatchObject({ code: 'OPERATION_UNSUPPORTED' });
      return engine.close();
    }
    const deepLift = await attempt;
    const inputs = { shape: golden.shape, data: x };
    const found = await deepLift.attribute({ inputs, classes: new Int32Array(samples) });
    for (let row = 0; row < samples; row++) {
      expect(found.outputs[row]).toBeCloseTo(golden.probabilities[3 * row] ?? NaN, 4);
      const sum = found.attributions.data.subarray(row * size, (row + 1) * size).reduce((all, value) => all + value, 0);
      expect(sum).toBeCloseTo((found.outputs[row] ?? NaN) - (found.expected[row] ?? NaN), 4);
    }
    await deepLift.close();
    await engine.close();
  },
);
