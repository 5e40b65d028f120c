import { constantOf, GraphBuilder, int, int64s, writeOnnx } from '@xaigrid/graph';
import { rowsOf, type Tensor } from '@xaigrid/tensor';
import { afterAll, describe, expect, it } from 'vitest';
import { createEngine, type Engine, readModel } from '../src/index.js';
import { outputsAbove, sumsOfFeatureMaps } from './mask-requests.js';
import { normals } from './models/random.js';
import { pick, roundRobin, samplesFor } from './models/samples.js';

const engines: Engine[] = [];
afterAll(() => Promise.all(engines.map((engine) => engine.close())));

const fixture = { inputShape: [8, 2] };
const weights = (shape: number[], seed: number) =>
  constantOf('float', shape, [
    ...normals(
      shape.reduce((a, b) => a * b, 1),
      seed,
    ),
  ]);

/** x `[n, 2, 8]` → `middle` → convolution → mean over positions → three logits. */
async function engineWith(middle: (b: GraphBuilder, x: string) => string): Promise<Engine> {
  const b = new GraphBuilder('fixture');
  const x = middle(b, b.input('x', 'float', [null, 2, 8]));
  const conv = b.named('conv', 'Conv', [x, b.constant(weights([4, 2, 3], 1))]);
  const means = b.node('ReduceMean', [b.node('Relu', [conv]), b.constant(int64s([2]))], { keepdims: int(0) });
  b.output(b.named('logits', 'MatMul', [means, b.constant(weights([4, 3], 2))]));
  const model = await readModel({ files: [{ name: 'm.onnx', bytes: writeOnnx(b.build()) }], name: 'fixture' });
  const engine = await createEngine({ model, name: 'onnxruntime', threads: 1 });
  engines.push(engine);
  return engine;
}

/** Takes its scale over all values of the batch, as dynamic quantisation does. */
const quantized = (b: GraphBuilder, x: string) => {
  const [values = '', scale = '', zero = ''] = b.node('DynamicQuantizeLinear', [x], {}, 3);
  return b.node('DequantizeLinear', [values, scale, zero]);
};
/** The same without whole numbers, so that it has gradients. */
const scaled = (b: GraphBuilder, x: string) =>
  b.node('Div', [x, b.node('ReduceSum', [b.node('Abs', [x]), b.constant(int64s([0, 1, 2]))])]);

const inputs: Tensor = samplesFor(fixture, 7, 1);
// Samples of very different sizes: each would move the others' scale.
for (let at = 0; at < inputs.data.length; at++) inputs.data[at] = (inputs.data[at] ?? 0) * (1 + Math.floor(at / 16));
const classes = roundRobin(7, 3);

/** What is asked of samples together, as one list a sample. */
async function everything(engine: Engine, samples: number[]): Promise<number[][]> {
  const own = pick(inputs, samples);
  const [activations] = await engine.activations(own, ['conv']);
  if (activations === undefined) throw new Error('no activations');
  const rows = { sample: Int32Array.from(samples.keys()), threshold: new Float32Array(samples.length) };
  const maps = pick(samplesFor(fixture, 7, 3), samples);
  const masks = { sample: rows.sample, channel: new Int32Array(samples.length) };
  const found = [
    await engine.predict(own),
    activations,
    await outputsAbove(engine, { inputs: own, maps, rows, baseline: { blur: 1 } }),
    (
      await sumsOfFeatureMaps(engine, {
        ...{ inputs: own, classes: Int32Array.from(samples, (sample) => classes[sample] ?? 0) },
        ...{ activations, rows: masks },
      })
    ).sums,
  ];
  return samples.map((_, row) => found.flatMap((tensor) => [...rowsOf(tensor, row, row + 1).data]));
}

async function gradients(engine: Engine, samples: number[]): Promise<number[][]> {
  const own = pick(inputs, samples);
  const ownClasses = Int32Array.from(samples, (sample) => classes[sample] ?? 0);
  const [gradient] = await engine.gradient({ inputs: own, classes: ownClasses, wrt: 'input' });
  const expected = await engine.expectedGradients(samplesFor(fixture, 3, 4));
  const references = Int32Array.from({ length: samples.length * 3 }, (_, draw) => draw % 3);
  const fractions = Float32Array.from(references, (draw) => draw / 3);
  const draws = await expected.attribute({ inputs: own, classes: ownClasses, references, fractions, draws: 3 });
  return samples.map((_, row) =>
    [gradient?.gradient, draws.attributions].flatMap((tensor) => (tensor ? [...rowsOf(tensor, row, row + 1).data] : [])),
  );
}

describe('a model whose samples meet in a batch', () => {
  it.each([
    ['a scale over the batch', quantized, everything],
    ['a sum over the batch', scaled, everything],
    ['a sum over the batch', scaled, gradients],
  ] as const)('gives each sample the same bits alone and in company: %s', async (_, middle, ask) => {
    const engine = await engineWith(middle);
    expect(engine.batchSize).toBe(1);
    const together = await ask(engine, [0, 1, 2, 3, 4, 5, 6]);
    for (const sample of [0, 3, 6]) expect((await ask(engine, [sample]))[0]).toEqual(together[sample]);
  });

  it('is told from one whose samples do not', async () => {
    expect((await engineWith((_, x) => x)).batchSize).toBeGreaterThan(1);
  });
});
