import { targets, type Target } from '@xaigrid/contracts';
import { constantOf, GraphBuilder, int, int64s, writeOnnx } from '@xaigrid/graph';
import type { Tensor } from '@xaigrid/tensor';
import { afterAll, describe, expect, it } from 'vitest';
import { createEngine, readModel, type Engine } from '../src/index.js';
import { absoluteError, relativeError } from './comparison.js';
import { sumsOfFeatureMaps } from './mask-requests.js';
import { convolution, dense, plain } from './models/keras-layers.js';
import { kerasModels, sequential, type KerasModel } from './models/keras-models.js';
import { normals } from './models/random.js';
import { roundRobin, samplesFor } from './models/samples.js';
import { closeEngines, engineFor } from './models/test-engines.js';

afterAll(closeEngines);

const features = 3;
const samples = 6;
const x = Array.from(normals(samples * features, 5), Number);
const inputs: Tensor = { shape: [samples, features], data: Float32Array.from(x) };

/** What is behind a model's `[n, width]` logits, in its file. */
interface End {
  readonly name: string;
  readonly width: number;
  readonly multiLabel?: true;
  readonly add?: (builder: GraphBuilder, logits: string) => string;
}

const reshaped = (builder: GraphBuilder, value: string, shape: readonly number[]) =>
  builder.node('Reshape', [value, builder.constant(int64s(shape))]);

const ends: readonly End[] = [
  { name: 'logits', width: 4 },
  { name: 'Softmax', width: 4, add: (builder, z) => builder.node('Softmax', [z], { axis: int(-1) }) },
  { name: 'LogSoftmax', width: 4, add: (builder, z) => builder.node('LogSoftmax', [z], { axis: int(1) }) },
  {
    name: 'Softmax over the channels of an image of one pixel',
    width: 4,
    add: (builder, z) =>
      reshaped(builder, builder.node('Softmax', [reshaped(builder, z, [0, 4, 1, 1])], { axis: int(1) }), [0, 4]),
  },
  { name: 'sigmoids', width: 4, multiLabel: true, add: (builder, z) => builder.node('Sigmoid', [z]) },
  { name: 'logits of several labels', width: 4, multiLabel: true },
  { name: 'one sigmoid', width: 1, add: (builder, z) => builder.node('Sigmoid', [z]) },
  { name: 'one logit', width: 1 },
];

/** z = xW + b, by class: `w[class]` and `b[class]`; of one number z of class 1 and −z of class 0. */
function linear(width: number) {
  const weights = Array.from(normals(features * width, 7), Number);
  const biases = Array.from(normals(width, 8), Number);
  const column = (c: number) => Array.from({ length: features }, (_, i) => weights[i * width + c] ?? 0);
  const own = Array.from({ length: width }, (_, c) => ({ w: column(c), b: biases[c] ?? 0 }));
  const [only] = own;
  const classes =
    width === 1 && only !== undefined
      ? [
          { w: only.w.map((value) => -value), b: -only.b },
          { w: only.w, b: only.b },
        ]
      : own;
  return { weights, biases, classes };
}

async function engineOf({ width, add, multiLabel }: End): Promise<Engine> {
  const { weights, biases } = linear(width);
  const builder = new GraphBuilder();
  const value = builder.input('x', 'float', [null, features]);
  const product = builder.node('MatMul', [value, builder.constant(constantOf('float', [features, width], weights))]);
  const logits = builder.node('Add', [product, builder.constant(constantOf('float', [1, width], biases))]);
  builder.output(add?.(builder, logits) ?? logits);
  const options = {
    files: [{ name: 'm.onnx', bytes: writeOnnx(builder.build()) }],
    name: 'linear',
    ...(multiLabel === undefined ? {} : { multiLabel }),
  };
  return createEngine({ model: await readModel(options), name: 'onnxruntime', threads: 1 });
}

const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
const sigmoid = (z: number) => 1 / (1 + Math.exp(-z));

/** Of one sample in float64: every class's target, and its gradient. */
function closedForm(end: End, target: Target, sample: number) {
  const { classes } = linear(end.width);
  const point = x.slice(sample * features, (sample + 1) * features);
  const z = classes.map(({ w, b }) => dot(w, point) + b);
  if (target === 'logit') return { values: z, gradients: classes.map(({ w }) => w) };
  const separate = end.width === 1 || end.multiLabel === true;
  const total = z.reduce((sum, value) => sum + Math.exp(value), 0);
  const p = z.map((value) => (separate ? sigmoid(value) : Math.exp(value) / total));
  // ∂log p_c/∂z_j = δ_cj − p_j of a softmax, (1 − p_c)·δ_cj of sigmoids.
  const ofLog = p.map((own, c) =>
    Array.from({ length: features }, (_, i) => {
      const slope = classes[c]?.w[i] ?? 0;
      return separate ? (1 - own) * slope : slope - classes.reduce((sum, { w }, j) => sum + (p[j] ?? 0) * (w[i] ?? 0), 0);
    }),
  );
  if (target === 'log-probability') return { values: p.map(Math.log), gradients: ofLog };
  return { values: p, gradients: ofLog.map((gradient, c) => gradient.map((value) => value * (p[c] ?? 0))) };
}

const cases = ends.flatMap((end) => targets.map((target) => ({ end, target, name: `${target} of ${end.name}` })));

describe.each(cases)('$name, by its closed form', ({ end, target }) => {
  const forms = Array.from({ length: samples }, (_, sample) => closedForm(end, target, sample));
  const count = forms[0]?.values.length ?? 0;
  const classes = roundRobin(samples, count);
  const contrasts = classes.map((c) => (c + 1) % count);

  it('is what is predicted', async () => {
    const engine = await engineOf(end);
    expect(engine.model.logits).toBe(true);
    const found = await engine.predict(inputs, target);
    await engine.close();
    expect(found.shape).toEqual([samples, count]);
    // A few products and an exponential in float32.
    expect(
      absoluteError(
        found.data,
        forms.flatMap(({ values }) => values),
      ),
    ).toBeLessThan(2e-6);
  });

  it.each([false, true])('is what is differentiated (less another class: %s)', async (contrasted) => {
    const engine = await engineOf(end);
    const request = { inputs, classes, wrt: 'input', target, ...(contrasted ? { contrasts } : {}) } as const;
    const [found] = await engine.gradient(request);
    await engine.close();
    const expected = forms.flatMap(({ gradients }, sample) =>
      (gradients[classes[sample] ?? 0] ?? []).map(
        (value, i) => value - (contrasted ? (gradients[contrasts[sample] ?? 0]?.[i] ?? NaN) : 0),
      ),
    );
    expect(relativeError(found?.gradient.data ?? [], expected)).toBeLessThan(2e-6);
  });

  it.each([false, true])('is what attributions add up to (less another class: %s)', async (contrasted) => {
    const engine = await engineOf(end);
    const reference: Tensor = { shape: [1, features], data: Float32Array.of(0.5, -1, 0.25) };
    const other = contrasted ? { contrasts } : {};
    const deepLift = await engine.deepLift(reference, { target });
    const { attributions, outputs, expected } = await deepLift.attribute({ inputs, classes, ...other });
    await deepLift.close();
    const draws = 400;
    const path = await engine.expectedGradients(reference, target);
    const along = await path.attribute({
      ...{ inputs, classes, ...other, draws, references: new Int32Array(samples * draws) },
      fractions: Float32Array.from({ length: samples * draws }, (_, at) => ((at % draws) + 0.5) / draws),
    });
    await path.close();
    await engine.close();
    forms.forEach(({ values }, sample) => {
      const own = (values[classes[sample] ?? 0] ?? NaN) - (contrasted ? (values[contrasts[sample] ?? 0] ?? NaN) : 0);
      expect(outputs[sample]).toBeCloseTo(own, 5);
      const change = own - (expected[sample] ?? NaN);
      const sumOf = ({ data }: Tensor) => dot(Array.from(data.subarray(sample * features, (sample + 1) * features)), [1, 1, 1]);
      // Sums of three float32 numbers; the midpoint rule's error falls with draws².
      expect(sumOf(attributions)).toBeCloseTo(change, 5);
      expect(sumOf(along.attributions)).toBeCloseTo(change, 4);
    });
  });
});

const ofTwoClasses = (name: string, units: number, activation: string): KerasModel =>
  sequential(
    name,
    [12, 2],
    ['conv'],
    [
      convolution({ name: 'conv', from: 2, filters: 5, kernel: [3], activation: 'relu' }),
      plain('MaxPooling1D', 'pool', { pool_size: [2], strides: [2], padding: 'valid' }),
      plain('Flatten', 'flatten'),
      dense('dense', 30, units, activation),
    ],
  );

const kerasEnds = [
  ...kerasModels,
  ...[1, 4].flatMap((units) => ['sigmoid', 'linear'].map((end) => ofTwoClasses(`${units} ${end}`, units, end))),
  ofTwoClasses('log_softmax', 4, 'log_softmax'),
];

describe.each(kerasEnds)('the engines on $name', (model) => {
  it.each(targets.filter((target) => target !== 'probability'))('explain the %s alike', async (target) => {
    const kinds = ['onnxruntime', 'tensorflow', 'onnxruntime in a thread'] as const;
    const count = 20;
    const batch = samplesFor(model, count, 1);
    const references = samplesFor(model, 5, 2);
    const found = await Promise.all(
      kinds.map(async (kind) => {
        const engine = await engineFor(kind, model);
        const classes = roundRobin(count, engine.model.classes);
        const explained = { inputs: batch, classes, contrasts: classes.map((c) => (c + 1) % engine.model.classes), target };
        const gradients = [
          ...(await engine.gradient({ ...explained, wrt: 'input' })),
          ...(await engine.gradient({ ...explained, wrt: model.probes })),
        ];
        const [activations] = await engine.activations(batch, model.probes.slice(0, 1));
        if (activations === undefined) throw new TypeError('One layer was asked for.');
        const rows = { sample: Int32Array.from(classes.keys()), channel: new Int32Array(count) };
        const deepLift = await engine.deepLift(references, { target });
        const path = await engine.expectedGradients(references, target);
        const drawn = {
          draws: 2,
          references: new Int32Array(2 * count).fill(3),
          fractions: new Float32Array(2 * count).fill(0.3),
        };
        const result = {
          outputs: (await engine.predict(batch, target)).data,
          probabilities: (await engine.predict(batch)).data,
          gradients: gradients.map(({ gradient }) => gradient.data),
          weights: (await sumsOfFeatureMaps(engine, { ...explained, activations, rows })).weights,
          deepLift: await deepLift.attribute(explained),
          path: (await path.attribute({ ...explained, ...drawn })).attributions.data,
        };
        await Promise.all([deepLift.close(), path.close()]);
        return result;
      }),
    );
    const [first, second, isolated] = found;
    expect(isolated).toEqual(first);
    expect(absoluteError(first?.outputs ?? [], second?.outputs ?? [])).toBeLessThan(1e-5);
    expect(absoluteError(first?.outputs ?? [], first?.probabilities ?? [])).toBeGreaterThan(0.1);
    first?.gradients.forEach((gradient, i) => {
      expect(relativeError(gradient, second?.gradients[i] ?? [])).toBeLessThan(1e-4);
    });
    expect(relativeError(first?.weights ?? [], second?.weights ?? [])).toBeLessThan(1e-5);
    expect(relativeError(first?.path ?? [], second?.path ?? [])).toBeLessThan(1e-4);
    // As of probabilities: quotients of small differences magnify the last bits of activations.
    expect(relativeError(first?.deepLift.attributions.data ?? [], second?.deepLift.attributions.data ?? [])).toBeLessThan(5e-3);
    expect(absoluteError(first?.deepLift.outputs ?? [], second?.deepLift.outputs ?? [])).toBeLessThan(1e-5);
    expect(absoluteError(first?.deepLift.expected ?? [], second?.deepLift.expected ?? [])).toBeLessThan(1e-5);
  });
});

describe('a model whose probabilities are made of no logits', () => {
  it.each(targets)('is refused by name: %s', async (target) => {
    const builder = new GraphBuilder();
    const value = builder.input('x', 'float', [null, features]);
    const absolute = builder.node('Abs', [value]);
    const sum = builder.node('ReduceSum', [absolute, builder.constant(constantOf('int64', [1], [1]))], { keepdims: int(1) });
    builder.output(builder.node('Div', [absolute, sum]));
    const files = [{ name: 'm.onnx', bytes: writeOnnx(builder.build()) }];
    const model = await readModel({ files, name: 'shares', output: 'probabilities' });
    const engine = await createEngine({ model, name: 'onnxruntime', threads: 1 });
    expect(engine.model.logits).toBeUndefined();
    const asked = [
      () => engine.predict(inputs, target),
      () => engine.gradient({ inputs, classes: new Int32Array(samples), wrt: 'input', target }),
      () => engine.deepLift(inputs, { target }),
      () => engine.expectedGradients(inputs, target),
    ];
    for (const ask of asked) {
      if (target === 'probability') await expect(ask()).resolves.toBeDefined();
      else
        await expect(ask()).rejects.toMatchObject({
          code: 'OPERATION_UNSUPPORTED',
          message: expect.stringContaining(target) as string,
        });
    }
    await engine.close();
  });
});
