import { describe, expect, it } from 'vitest';
import { sequentialFixture, tfjsFiles, type LayerFixture } from '../../graph/tests/reference/keras-models.js';
import { createEngine, readModel } from '../src/index.js';

const [INPUTS, CLASSES] = [6, 4];
const dense = (more: Record<string, unknown>): LayerFixture => ({
  class_name: 'Dense',
  config: { name: 'head', units: CLASSES, ...more },
  weights: { kernel: [INPUTS, CLASSES], bias: [CLASSES] },
});

const heads: Record<string, LayerFixture[]> = {
  'an activation': [dense({ activation: 'softmax' })],
  'a layer': [dense({}), { class_name: 'Softmax', config: { name: 'softmax', axis: -1 } }],
};

/** ∂p_c/∂x of softmax(x·kernel + bias) in float64, 1 − p_c as the sum of the others. */
function closedForm(x: Float64Array, kernel: ArrayLike<number>, bias: ArrayLike<number>) {
  const logits = Array.from(bias, (b, c) => x.reduce((sum, value, i) => sum + value * (kernel[i * CLASSES + c] ?? NaN), b));
  const largest = Math.max(...logits);
  const shares = logits.map((z) => Math.exp(z - largest));
  const total = shares.reduce((sum, share) => sum + share, 0);
  const p = shares.map((share) => share / total);
  const chosen = p.indexOf(Math.max(...p));
  const rest = p.reduce((sum, share, c) => (c === chosen ? sum : sum + share), 0);
  const slopes = p.map((share, c) => (p[chosen] ?? NaN) * (c === chosen ? rest : -share));
  const gradient = Array.from(x, (_, i) => slopes.reduce((sum, slope, c) => sum + slope * (kernel[i * CLASSES + c] ?? NaN), 0));
  return { chosen, rest, gradient };
}

describe.each(['onnxruntime', 'tensorflow'] as const)('the gradient of a certain prediction on %s', (name) => {
  it.each(Object.entries(heads))('keeps its digits where the softmax is %s', async (_, layers) => {
    const fixture = sequentialFixture([INPUTS], layers);
    const [kernel, bias] = fixture.weights;
    const model = await readModel({ files: tfjsFiles(fixture), name: 'certain' });
    const engine = await createEngine({ model, name });
    // From about even to certain beyond what float32 tells from 1.
    const directions = [1, -1, 2, 0.5, -1.5, 1];
    const scales = [0.1, 4, 8, 16, 30];
    const data = Float32Array.from(scales.flatMap((scale) => directions.map((value) => scale * value)));
    const wanted = scales.map((__, row) =>
      closedForm(Float64Array.from(data.subarray(row * INPUTS, (row + 1) * INPUTS)), kernel?.data ?? [], bias?.data ?? []),
    );
    expect(Math.min(...wanted.map(({ rest }) => rest))).toBeLessThan(1e-8);
    const classes = Int32Array.from(wanted, ({ chosen }) => chosen);
    const [found] = await engine.gradient({ inputs: { shape: [scales.length, INPUTS], data }, classes, wrt: 'input' });
    wanted.forEach(({ gradient }, row) => {
      const largest = Math.max(...gradient.map(Math.abs));
      gradient.forEach((value, i) =>
        // Logits near 100 are rounded by 4e-6, and so is, relatively, what they stand for.
        expect(Math.abs((found?.gradient.data[row * INPUTS + i] ?? NaN) - value) / largest).toBeLessThan(3e-5),
      );
    });
    await engine.close();
  });
});
