import { GraphBuilder, int64s, ints, writeOnnx } from '@xaigrid/graph';
import { afterAll, describe, expect, it } from 'vitest';
import { createEngine, type Engine, readModel } from '../src/index.js';

const engines: Engine[] = [];
afterAll(() => Promise.all(engines.map((engine) => engine.close())));

/** x `[n, 2, 3]` → `middle` → a sum for each of two classes. */
async function engineWith(middle: (b: GraphBuilder, x: string) => string, output?: 'probabilities'): Promise<Engine> {
  const builder = new GraphBuilder('fixture');
  const x = builder.input('x', 'float', [null, 2, 3]);
  const value = middle(builder, builder.named('first', 'Transpose', [x], { perm: ints([0, 1, 2]) }));
  builder.output(
    builder.named('logits', 'ReduceSum', [value, builder.constant(int64s([2]))], { keepdims: { kind: 'int', value: 0 } }),
  );
  const model = await readModel({
    files: [{ name: 'm.onnx', bytes: writeOnnx(builder.build()) }],
    name: 'fixture',
    ...(output && { output }),
  });
  const engine = await createEngine({ model, name: 'onnxruntime', threads: 1 });
  engines.push(engine);
  return engine;
}

/** Channels last: both channels of three positions; the second sample has a 0. */
const inputs = { shape: [2, 3, 2], data: Float32Array.from([1, 2, 3, 1, 2, 3, 1, 2, 3, 0, 2, 3]) };
const classes = Int32Array.from([0, 1]);

describe('where NaN and infinities arise', () => {
  it('is nowhere in what is finite', async () => {
    const engine = await engineWith((b, x) => b.named('root', 'Sqrt', [x]));
    expect(await engine.findNotFinite({ inputs, classes })).toBeUndefined();
  });

  it('is the node whose value it is first', async () => {
    const engine = await engineWith((b, x) => b.named('rest', 'Relu', [b.named('logarithm', 'Log', [x])]));
    expect(await engine.findNotFinite({ inputs, classes })).toEqual({ node: 'logarithm', operator: 'Log', of: 'value' });
  });

  it('is the node whose gradient it is first, where the values are finite', async () => {
    const engine = await engineWith((b, x) => {
      const small = b.named('small', 'Mul', [x, b.scalar(1e-30)]);
      return b.named('large', 'Mul', [b.named('back', 'Mul', [small, b.scalar(1e30)]), b.scalar(1e25)]);
    }, 'probabilities');
    // ∂/∂small = 1e25 · 1e30.
    expect(await engine.findNotFinite({ inputs, classes })).toEqual({ node: 'back', operator: 'Mul', of: 'gradient' });
  });
});
