import { constantOf, type Graph, GraphBuilder, int, int64s, ints, inspectModel, writeOnnx } from '@xaigrid/graph';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { absoluteError } from './comparison.js';
import { createEngine, type Engine, readModel } from '../src/index.js';
import { outputsAbove, sumsOfFeatureMaps } from './mask-requests.js';
import { normals } from './models/random.js';
import { roundRobin, samplesFor } from './models/samples.js';

/** Every graph that is compiled. */
const composed: Graph[] = [];
vi.mock('@xaigrid/graph', async (original) => {
  const graph = await original<typeof import('@xaigrid/graph')>();
  const recorded = (made: Graph) => {
    composed.push(made);
    return graph.writeOnnx(made);
  };
  return { ...graph, writeOnnx: recorded };
});

/** What the names of the fixture stand for; constants and nodes have names of their own. */
const ROLES = ['input', 'kernel', 'conv', 'relu', 'pool', 'sum', 'flat', 'weights', 'bias', 'logits', 'axes'] as const;
type Names = Readonly<Record<(typeof ROLES)[number], string>>;
const neutral = Object.fromEntries(ROLES.map((role, index) => [role, `value ${index}`])) as Names;

const model = { inputShape: [8, 2] };

/** A file whose every value, initialiser and node goes by the given names. */
function fileWith(names: Names): Uint8Array {
  const builder = new GraphBuilder('fixture');
  const constants = (role: keyof Names, shape: number[], seed: number) =>
    [
      names[role],
      constantOf('float', shape, [
        ...normals(
          shape.reduce((a, b) => a * b, 1),
          seed,
        ),
      ]),
    ] as const;
  const node = (output: keyof Names, op: string, inputs: readonly string[], attributes = {}) => ({
    ...{ name: names[output], op, inputs, outputs: [names[output]], attributes },
  });
  const graph: Graph = {
    ...builder.build(),
    inputs: [{ name: names.input, type: 'float', shape: [null, 2, 8] }],
    outputs: [{ name: names.logits, type: 'float', shape: [null, 3] }],
    constants: new Map([
      constants('kernel', [4, 2, 3], 1),
      constants('weights', [4, 3], 2),
      constants('bias', [3], 3),
      [names.axes, int64s([2])],
    ]),
    nodes: [
      node('conv', 'Conv', [names.input, names.kernel], { pads: ints([1, 1]) }),
      node('relu', 'Relu', [names.conv]),
      node('pool', 'MaxPool', [names.relu], { kernel_shape: ints([2]), strides: ints([2]) }),
      node('sum', 'ReduceSum', [names.pool, names.axes], { keepdims: int(1) }),
      node('flat', 'Flatten', [names.sum]),
      node('logits', 'Gemm', [names.flat, names.weights, names.bias]),
    ],
  };
  return writeOnnx(graph);
}

/** Everything that the engine computes with a graph of its own, one after another. */
async function everything(names: Names): Promise<{ values: number[]; shown: readonly string[] }> {
  const read = await readModel({ files: [{ name: 'm.onnx', bytes: fileWith(names) }], name: 'fixture' });
  const engine = await createEngine({ model: read, name: 'onnxruntime', threads: 1 });
  try {
    const { layers, input } = inspectModel(read);
    return { values: await results(engine, names), shown: [input.name, ...layers.map(({ name }) => name)] };
  } finally {
    await engine.close();
  }
}

async function results(engine: Engine, names: Names): Promise<number[]> {
  const count = 3;
  const inputs = samplesFor(model, count, 1);
  const classes = roundRobin(count, 3);
  const references = samplesFor(model, 4, 2);
  const rows = { sample: Int32Array.from([0, 1, 1]), channel: Int32Array.from([0, 1, 3]) };
  const [activations] = await engine.activations(inputs, [names.relu]);
  if (activations === undefined) throw new Error('no activations');
  const masked = { inputs, maps: samplesFor(model, count, 4), rows: { sample: rows.sample, threshold: new Float32Array(3) } };
  const baseline = samplesFor(model, count, 5);
  const expectation = {
    fractions: Float32Array.from([0, 0.2, 0.4, 0.6, 0.8, 1]),
    references: Int32Array.from([0, 1, 2, 3, 0, 1]),
    draws: 2,
  };
  const deepLift = await engine.deepLift(references);
  const expected = await engine.expectedGradients(references);
  const parts = [
    (await engine.predict(inputs)).data,
    activations.data,
    ...(await engine.gradient({ inputs, classes, wrt: 'input' })).map(({ gradient }) => gradient.data),
    ...(await engine.gradient({ inputs, classes, wrt: [names.conv, names.pool] })).map(({ gradient }) => gradient.data),
    (await sumsOfFeatureMaps(engine, { inputs, classes, activations, rows })).sums.data,
    (await outputsAbove(engine, { ...masked, baseline })).data,
    (await outputsAbove(engine, { ...masked, baseline: { shape: model.inputShape, data: samplesFor(model, 1, 5).data } })).data,
    (await outputsAbove(engine, { ...masked, baseline: { blur: 1 } })).data,
    (await deepLift.attribute({ inputs, classes })).attributions.data,
    (await expected.attribute({ inputs, classes, ...expectation })).attributions.data,
  ];
  await deepLift.close();
  await expected.close();
  return parts.flatMap((part) => [...part]);
}

/** Names of ours: of every value and node in a graph that was composed, but the model's own. */
function ownNames(graphs: readonly Graph[]): string[] {
  const all = graphs.flatMap(({ inputs, outputs, nodes, constants }) => [
    ...[...inputs, ...outputs].map(({ name }) => name),
    ...nodes.flatMap(({ name, outputs: values }) => [name, ...values]),
    ...constants.keys(),
  ]);
  return [...new Set(all)].filter((name) => name !== '' && !name.includes('value '));
}

describe('the names in a user’s file', () => {
  let expected: { values: number[]; shown: readonly string[] };
  let own: string[];
  let doors: string[];
  beforeAll(async () => {
    expected = await everything(neutral);
    own = ownNames(composed);
    doors = [...new Set(composed.flatMap(({ inputs, outputs }) => [...inputs, ...outputs].map(({ name }) => name)))];
  });

  it('are met by graphs of every kind', () => {
    const kinds = [
      ...['predict', 'activations', 'gradient', 'masked', 'blur', 'expected-gradients'],
      ...['deeplift-forward', 'deeplift-pairs'],
    ];
    expect(new Set(composed.map(({ name }) => name))).toEqual(new Set(['fixture', ...kinds]));
    expect(own).toEqual(expect.arrayContaining(['output', 'sum', 'square', 'probabilities', 'smallest', 'x']));
  });

  it('may be any that graphs of ours have inside', { timeout: 120_000 }, async () => {
    for (let start = 0; start < own.length; start += ROLES.length) {
      const names = Object.fromEntries(ROLES.map((role, index) => [role, own[start + index] ?? `value ${index}`])) as Names;
      await check(names);
    }
  });

  it(
    'may be any that goes into or comes out of a graph of ours, for the input and for the output',
    { timeout: 120_000 },
    async () => {
      for (const [index, name] of doors.entries()) {
        const other = doors[(index + 1) % doors.length] ?? '';
        await check({ ...neutral, input: name, logits: other });
      }
    },
  );

  it('may look like those that keep them apart', async () => {
    await check({ ...neutral, input: '[input]', conv: 'input', relu: '[input', pool: '[pool]/shape', sum: '[input]]' });
  });

  async function check(names: Names): Promise<void> {
    const found = await everything(names);
    expect([names, absoluteError(found.values, expected.values)]).toEqual([names, 0]);
    const { input, conv, relu, pool, sum, flat, logits } = names;
    expect(found.shown).toEqual([input, conv, relu, pool, sum, flat, logits]);
  }
});
