import { constantOf, type Graph, GraphBuilder, int64s, writeOnnx } from '@xaigrid/graph';
import { describe, expect, it } from 'vitest';
import { createEngine, readModel } from '../src/index.js';
import { normals } from './models/random.js';
import { roundRobin, samplesFor } from './models/samples.js';

const weights = (shape: number[], seed: number) =>
  constantOf('float', shape, [
    ...normals(
      shape.reduce((a, b) => a * b, 1),
      seed,
    ),
  ]);

/** x `[n, 4]` → x over what `over` divides by a positive function of x → three logits. */
function fileOf(over: (b: GraphBuilder) => string): Graph {
  const b = new GraphBuilder('fixture');
  const x = b.input('x', 'float', [null, 4]);
  const mean = b.node('ReduceMean', [b.node('Mul', [x, x]), b.constant(int64s([1]))]);
  const quotient = b.node('Div', [over(b), b.node('Sqrt', [b.node('Add', [mean, b.scalar(1e-5)])])]);
  b.output(b.named('logits', 'MatMul', [b.node('Mul', [x, quotient]), b.constant(weights([4, 3], 2))]));
  return b.build();
}

describe('Deep SHAP through what is fixed over what varies', () => {
  it.each<[string, (b: GraphBuilder) => string]>([
    ['one number, as torch.rsqrt is written', (b) => b.scalar(1)],
    ['a vector', (b) => b.constant(weights([4], 3))],
  ])('adds up to the change: %s', async (_, over) => {
    const model = await readModel({ files: [{ name: 'm.onnx', bytes: writeOnnx(fileOf(over)) }], name: 'm' });
    const engine = await createEngine({ model, name: 'onnxruntime', threads: 1 });
    for (const references of [1, 2, 40]) {
      const deepLift = await engine.deepLift(samplesFor(engine.model, references, 5));
      const inputs = samplesFor(engine.model, 5, 1);
      const { attributions, outputs, expected } = await deepLift.attribute({ inputs, classes: roundRobin(5, 3) });
      const sums = Array.from(outputs, (__, row) =>
        attributions.data.subarray(4 * row, 4 * row + 4).reduce((sum, value) => sum + value, 0),
      );
      // What Deep SHAP repeats in float64 where float32 misses it.
      sums.forEach((sum, row) => expect(Math.abs(sum - (outputs[row] ?? NaN) + (expected[row] ?? NaN))).toBeLessThan(1e-5));
      await deepLift.close();
    }
    await engine.close();
  });
});
