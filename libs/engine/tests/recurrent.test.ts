import { constantOf, GraphBuilder, int, int64s, ints, text, writeOnnx } from '@xaigrid/graph';
import { afterAll, describe, expect, it } from 'vitest';
import { createEngine, type Engine, readModel } from '../src/index.js';
import { relativeError } from './comparison.js';
import { normals } from './models/random.js';

const engines: Engine[] = [];
afterAll(() => Promise.all(engines.map((engine) => engine.close())));

const UNITS = 3;
const FEATURES = 2;

/** x `[n, steps, features]` → a bidirectional LSTM's last states → two logits. */
async function lstm(steps: number): Promise<Engine> {
  const b = new GraphBuilder('fixture');
  const weights = (shape: number[], seed: number) =>
    b.constant(
      constantOf('float', shape, [
        ...normals(
          shape.reduce((product, extent) => product * extent, 1),
          seed,
          0.5,
        ),
      ]),
    );
  const x = b.node('Transpose', [b.input('x', 'float', [null, steps, FEATURES])], { perm: ints([1, 0, 2]) });
  const inputs = [x, weights([2, 4 * UNITS, FEATURES], 1), weights([2, 4 * UNITS, UNITS], 2), weights([2, 8 * UNITS], 3)];
  const [, last = ''] = b.node('LSTM', inputs, { hidden_size: int(UNITS), direction: text('bidirectional') }, 3);
  const states = b.node('Flatten', [b.node('Transpose', [last], { perm: ints([1, 0, 2]) })]);
  b.output(b.node('MatMul', [b.node('Reshape', [states, b.constant(int64s([-1, 2 * UNITS]))]), weights([2 * UNITS, 2], 4)]));
  const model = await readModel({ files: [{ name: 'm.onnx', bytes: writeOnnx(b.build()) }], name: 'fixture' });
  const engine = await createEngine({ model, name: 'onnxruntime', threads: 1 });
  engines.push(engine);
  return engine;
}

describe('a recurrent model', () => {
  it('has gradients, also of so many steps that its graph is not rewritten', async () => {
    const steps = 40;
    const engine = await lstm(steps);
    const shape = [1, steps, FEATURES];
    const x = normals(FEATURES * steps, 5);
    const [found] = await engine.gradient({ inputs: { shape, data: x }, classes: Int32Array.of(1), wrt: 'input' });
    const h = 1e-2;
    const moved = Float32Array.from({ length: 2 * x.length * x.length }, (_, at) => {
      const [row, index] = [Math.floor(at / x.length), at % x.length];
      return (x[index] ?? 0) + (row % x.length === index ? (row < x.length ? h : -h) : 0);
    });
    const { data: p } = await engine.predict({ shape: [2 * x.length, ...shape.slice(1)], data: moved });
    const slopes = x.map((_, index) => ((p[2 * index + 1] ?? 0) - (p[2 * (index + x.length) + 1] ?? 0)) / (2 * h));
    // Central differences of float32: h²·f‴/6 and 6e-8/h, of gradients up to about 0.1.
    expect(relativeError(found?.gradient.data ?? [], slopes)).toBeLessThan(1e-3);
  });

  it('is computed in smaller batches the longer it is', async () => {
    const [short, long] = [await lstm(10), await lstm(20_000)];
    expect(long.batchSize).toBeLessThan(short.batchSize);
  });
});
