import { constantOf, type Graph, GraphBuilder, inspectModel, int, int64s, ints, type Model, writeOnnx } from '@xaigrid/graph';
import { rowsOf, type Tensor } from '@xaigrid/tensor';
import { afterAll, describe, expect, it } from 'vitest';
import { createEngine, type Engine, readModel } from '../src/index.js';
import { loadOnnxRuntime } from '../src/onnxruntime/load-onnxruntime.js';
import { normals } from './models/random.js';
import { roundRobin, samplesFor } from './models/samples.js';

const engines: Engine[] = [];
afterAll(() => Promise.all(engines.map((engine) => engine.close())));

const SAMPLES = 5;
const inputs = samplesFor({ inputShape: [8, 2] }, SAMPLES, 1);
const classes = roundRobin(SAMPLES, 3);

const weights = (shape: number[], seed: number) =>
  constantOf('float', shape, [
    ...normals(
      shape.reduce((a, b) => a * b, 1),
      seed,
    ),
  ]);

type Middle = (b: GraphBuilder, x: string, batch: number) => string;

/** x `[batch, 2, 8]` → convolution `[batch, 4, 6]` → `middle` → `[batch, 4]` → three logits. */
function file(batch: number | null, middle: Middle): Graph {
  const b = new GraphBuilder('fixture');
  const conv = b.named('conv', 'Conv', [b.input('x', 'float', [batch, 2, 8]), b.constant(weights([4, 2, 3], 1))]);
  const means = middle(b, b.node('Softplus', [conv]), batch ?? -1);
  b.output(b.named('logits', 'MatMul', [means, b.constant(weights([4, 3], 2))]));
  return b.build();
}

const mean = (b: GraphBuilder, x: string, axis: number) =>
  b.node('ReduceMean', [x, b.constant(int64s([axis]))], { keepdims: int(0) });
const tokens = (b: GraphBuilder, x: string) => b.node('Transpose', [x], { perm: ints([0, 2, 1]) });

/** A pooling of what was turned, as PyTorch's exporter writes it: indices into all values of the exported batch. */
const gathered: Middle = (b, x, batch) => {
  const flat = b.node('Reshape', [tokens(b, x), b.constant(int64s([-1]))]);
  const at = (sample: number, channel: number, position: number) => (sample * 6 + position) * 4 + channel;
  const indices = Array.from({ length: batch * 24 }, (_, i) => at(Math.floor(i / 24), Math.floor(i / 6) % 4, i % 6));
  const values = constantOf('int64', [batch, 4, 6], indices);
  return mean(b, b.node('Gather', [flat, b.constant(values)], { axis: int(0) }), 2);
};

/** A lookup that gives all values in their order, as PyTorch's exporter writes `as_strided` behind a pooling. */
const strided: Middle = (b, x, batch) => lookedUp(b, x, { batch, from: (i) => i });
/** The same, but each value where its successor was. */
const shifted: Middle = (b, x, batch) => lookedUp(b, x, { batch, from: (i) => Math.max(0, i - 1) });

function lookedUp(b: GraphBuilder, x: string, { batch, from }: { batch: number; from: (index: number) => number }): string {
  const indices = constantOf(
    'int64',
    [batch, 4, 6],
    Array.from({ length: batch * 24 }, (_, i) => from(i)),
  );
  const flat = b.node('Reshape', [x, b.constant(int64s([-1]))]);
  return mean(b, b.node('Gather', [flat, b.constant(indices)], { axis: int(0) }), 2);
}
/** The same for any batch. */
const stridedOfAny: Middle = (b, x) => {
  const scalar = (value: number) => b.constant(constantOf('int64', [], [value]));
  const rows = b.node('Gather', [b.node('Shape', [x]), scalar(0)], { axis: int(0) });
  const starts = b.node('Mul', [b.node('Range', [scalar(0), rows, scalar(1)]), scalar(24)]);
  const own = b.constant(
    constantOf(
      'int64',
      [1, 4, 6],
      Array.from({ length: 24 }, (_, i) => i),
    ),
  );
  const indices = b.node('Add', [b.node('Unsqueeze', [starts, b.constant(int64s([1, 2]))]), own]);
  const values = b.node('Gather', [b.node('Reshape', [x, b.constant(int64s([-1]))]), indices], { axis: int(0) });
  b.annotate(values, { type: 'float', shape: [null, 4, 6] });
  return mean(b, values, 2);
};

/** A token of each sample's own, repeated for the exported batch and so a constant. */
const classToken: Middle = (b, x, batch) => {
  const one = normals(4, 5);
  const token = b.constant(constantOf('float', [batch, 1, 4], Array.from({ length: batch }, () => [...one]).flat()));
  const all = b.node('Concat', [token, tokens(b, x)], { axis: int(1) });
  return mean(b, b.node('Tanh', [all]), 1);
};
/** The same for any batch. */
const classTokenOfAny: Middle = (b, x) => {
  const rows = b.node('Slice', [b.node('Shape', [x]), ...[0, 1, 0].map((bound) => b.constant(int64s([bound])))]);
  const shape = b.node('Concat', [rows, b.constant(int64s([1, 4]))], { axis: int(0) });
  const token = b.node('Expand', [b.constant(constantOf('float', [1, 1, 4], [...normals(4, 5)])), shape]);
  return mean(b, b.node('Tanh', [b.node('Concat', [token, tokens(b, x)], { axis: int(1) })]), 1);
};

/** The same, as XCiT repeats its positions: how often is computed, and what is behind it has a shape only in the graph as a whole. */
const classTokenTiled: Middle = (b, x) => {
  const rows = b.node('Slice', [b.node('Shape', [x]), ...[0, 1, 0].map((bound) => b.constant(int64s([bound])))]);
  const repeats = b.node('Concat', [rows, b.constant(int64s([1, 1]))], { axis: int(0) });
  const token = b.node('Tile', [b.constant(constantOf('float', [1, 1, 4], [...normals(4, 5)])), repeats]);
  b.annotate(token, { type: 'float', shape: [null, 1, 4] });
  return mean(b, b.node('Tanh', [b.node('Concat', [token, tokens(b, x)], { axis: int(1) })]), 1);
};

/** Targets of a Reshape with the exported batch in front of what is not the batch alone. */
const heads: Middle = (b, x, batch) => {
  const split = b.node('Reshape', [x, b.constant(int64s([batch * 2, 2, 6]))]);
  const soft = b.node('Softmax', [split], { axis: int(-1) });
  return mean(b, b.node('Mul', [b.node('Reshape', [soft, b.constant(int64s([batch, 4, 6]))]), x]), 2);
};
/** `x.reshape(n * 2, 2, -1)`: the extent left over does not grow with the batch. */
const headsOfAny: Middle = (b, x) => {
  const rows = b.node('Slice', [b.node('Shape', [x]), ...[0, 1, 0].map((bound) => b.constant(int64s([bound])))]);
  const doubled = b.node('Mul', [rows, b.constant(int64s([2]))]);
  const split = b.node('Reshape', [x, b.node('Concat', [doubled, b.constant(int64s([2, -1]))], { axis: int(0) })]);
  const soft = b.node('Softmax', [split], { axis: int(-1) });
  const back = b.node('Concat', [rows, b.constant(int64s([4, -1]))], { axis: int(0) });
  return mean(b, b.node('Mul', [b.node('Reshape', [soft, back]), x]), 2);
};

async function read(graph: Graph): Promise<Model> {
  return readModel({ files: [{ name: 'm.onnx', bytes: writeOnnx(graph) }], name: 'fixture' });
}

async function engineOf(model: Model): Promise<Engine> {
  const engine = await createEngine({ model, name: 'onnxruntime', threads: 1 });
  engines.push(engine);
  return engine;
}

/** Logits of the file as it is, one batch of its own size after another, softmax in float64. */
async function asItIs(graph: Graph, batch: number): Promise<number[]> {
  const { InferenceSession, Tensor: Ort } = (await loadOnnxRuntime()).ort;
  const session = await InferenceSession.create(writeOnnx(graph), { intraOpNumThreads: 1 });
  const found: number[] = [];
  for (let sample = 0; sample < SAMPLES; sample++) {
    // Channels first, the sample in every place of the batch.
    const own = rowsOf(inputs, sample, sample + 1).data;
    const turned = Float32Array.from(own, (_, at) => own[(at % 8) * 2 + Math.floor(at / 8)] ?? NaN);
    const repeated = Float32Array.from({ length: 16 * batch }, (_, at) => turned[at % 16] ?? NaN);
    const { logits } = await session.run({ x: new Ort('float32', repeated, [batch, 2, 8]) });
    const exps = Array.from((logits?.data as Float32Array).subarray(0, 3), Math.exp);
    const total = exps.reduce((sum, value) => sum + value, 0);
    found.push(...exps.map((value) => value / total));
  }
  await session.release();
  return found;
}

const differences = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Math.max(...Array.from({ length: a.length }, (_, at) => Math.abs((a[at] ?? NaN) - (b[at] ?? NaN))));

/** The gradient in the input by central differences of predictions; those are right to some 1e-7. */
async function differenceQuotients(engine: Engine): Promise<Float64Array> {
  const step = 2 ** -6;
  const size = 16;
  const quotients = new Float64Array(SAMPLES * size);
  for (let at = 0; at < size; at++) {
    const moved = (by: number): Tensor => {
      const data = inputs.data.slice();
      for (let sample = 0; sample < SAMPLES; sample++) data[sample * size + at] = (data[sample * size + at] ?? 0) + by;
      return { shape: inputs.shape, data };
    };
    const [above, below] = [await engine.predict(moved(step)), await engine.predict(moved(-step))];
    for (let sample = 0; sample < SAMPLES; sample++) {
      const own = sample * 3 + (classes[sample] ?? 0);
      quotients[sample * size + at] = ((above.data[own] ?? NaN) - (below.data[own] ?? NaN)) / (2 * step);
    }
  }
  return quotients;
}

const REFERENCES = 7;

/** The largest |Σφ − (p(x) − mean p(r))| of Deep SHAP. */
async function additivityError(engine: Engine): Promise<number> {
  const deepLift = await engine.deepLift(samplesFor(engine.model, REFERENCES, 6));
  const { attributions, outputs, expected } = await deepLift.attribute({ inputs, classes });
  const [alone] = Array.from(
    (await deepLift.attribute({ inputs: rowsOf(inputs, 4, 5), classes: classes.slice(4) })).attributions.data,
  );
  expect(alone).toBe(attributions.data[4 * 16]);
  await deepLift.close();
  const sums = Array.from(outputs, (_, sample) =>
    rowsOf(attributions, sample, sample + 1).data.reduce((sum, value) => sum + value, 0),
  );
  return differences(
    sums,
    outputs.map((output, sample) => output - (expected[sample] ?? NaN)),
  );
}

describe('a file with the batch of its export written into it', () => {
  it.each([
    ['indices into all values', 1, gathered],
    ['indices into all values', 3, gathered],
    ['indices that are nearly in order', 1, shifted],
    ['a class token', 1, classToken],
    ['a class token', 2, classToken],
  ] as const)('takes one sample at a time: %s, batch %i', async (_, batch, middle) => {
    const graph = file(batch, middle);
    const model = await read(graph);
    expect([model.alone?.because, inspectModel(model).gradient]).toMatchObject(['fixed-batch', { supported: true }]);
    const engine = await engineOf(model);
    expect(engine.batchSize).toBe(1);
    const { data } = await engine.predict(inputs);
    expect(differences(data, await asItIs(graph, batch))).toBeLessThan(3e-7);
    const [found] = await engine.gradient({ inputs, classes, wrt: 'input' });
    // Of the third derivative, at most 1 here, h²/6 = 4e-5 is left out.
    expect(differences(found?.gradient.data ?? [], await differenceQuotients(engine))).toBeLessThan(1e-4);
    // Sums of 16 values of at most 1 in float32.
    expect(await additivityError(engine)).toBeLessThan(1e-6);
    const [layer] = await engine.activations(inputs, ['conv']);
    expect(layer?.shape).toEqual([SAMPLES, 6, 4]);
  });
});

describe('a file for any batch, or one that can be made so', () => {
  it.each([
    ['a class token', null, classTokenOfAny, classToken],
    ['a class token that is tiled', null, classTokenTiled, classToken],
    ['indices that are in order', null, stridedOfAny, strided],
    ['indices that are in order, of a batch of 1', 1, strided, strided],
    ['indices that are in order, of a batch of 3', 3, strided, strided],
    ['heads in the axis of the batch', null, headsOfAny, heads],
    ['heads in the axis of a batch of 3', 3, heads, heads],
  ] as const)('takes its samples together: %s', async (_, batch, middle, fixed) => {
    const model = await read(file(batch, middle));
    expect(model.alone).toBeUndefined();
    const engine = await engineOf(model);
    expect(engine.batchSize).toBeGreaterThan(1);
    const { data } = await engine.predict(inputs);
    expect(differences(data, await asItIs(file(1, fixed), 1))).toBeLessThan(3e-7);
    const [found] = await engine.gradient({ inputs, classes, wrt: 'input' });
    expect(differences(found?.gradient.data ?? [], await differenceQuotients(engine))).toBeLessThan(1e-4);
    expect(await additivityError(engine)).toBeLessThan(1e-6);
  });
});
