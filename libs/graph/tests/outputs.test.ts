import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../src/builder.js';
import { constantOf, int64s } from '../src/constants.js';
import { int } from '../src/attributes.js';
import { writeOnnx } from '../src/onnx/write.js';
import type { ReadModelOptions } from '../src/read-model.js';
import { arrayOf } from './reference/array.js';
import { relativeDifference } from './reference/compare.js';
import { hdf5Bytes } from './reference/keras-hdf5.js';
import { functionalFixture, tfjsFiles, type ModelFixture } from './reference/keras-models.js';
import { valueIn } from './reference/interpret.js';
import { runOnnx } from './reference/onnxruntime.js';
import { readModel } from './reference/read-model.js';

const error = (code: string, message: RegExp): unknown =>
  expect.objectContaining({ code, message: expect.stringMatching(message) as string });

const x = arrayOf([1, 2], [0.5, -0.25]);
const z = [0, 1, 2].map((c) => 0.5 * (c - 2) - 0.25 * (c + 1));
const total = z.reduce((sum, value) => sum + Math.exp(value), 0);
const softmax = arrayOf(
  [1, 3],
  z.map((value) => Math.exp(value) / total),
);

/** x → logits → probabilities, and what else is said. */
function onnx(outputs: (builder: GraphBuilder, logits: string, probabilities: string) => readonly string[]) {
  const builder = new GraphBuilder();
  const input = builder.input('x', 'float', [null, 2]);
  const kernel = constantOf('float', [2, 3], [-2, -1, 0, 1, 2, 3]);
  const logits = builder.named('logits', 'MatMul', [input, builder.constant(kernel, 'kernel')]);
  const probabilities = builder.named('scores', 'Softmax', [logits], { axis: int(1) });
  for (const name of outputs(builder, logits, probabilities)) builder.output(name);
  return [{ name: 'm.onnx', bytes: writeOnnx(builder.build()) }];
}

const both = onnx((_, logits, scores) => [logits, scores]);
const read = (files: ReadModelOptions['files'], output?: ReadModelOptions['output']) =>
  readModel({ files, name: 'fixture', ...(output === undefined ? {} : { output }) });

describe('a Softmax that does not run along the classes is refused, because every output is 1', () => {
  it.each(['Softmax', 'LogSoftmax'])('%s along the samples', async (op) => {
    const files = onnx((b, logits) => [b.named('over', op, [logits], { axis: int(0) })]);
    await expect(read(files)).rejects.toEqual(
      error(
        'MODEL_UNSUPPORTED',
        /ends in (Log)?Softmax \(node "over"\) along the samples of a batch \(axis 0\), not along the classes: .* \(dim=1 in PyTorch\)/,
      ),
    );
  });

  it('along an axis of one value', async () => {
    const files = onnx((b, logits) => {
      const shape = b.constant(int64s([-1, 3, 1]));
      return [b.named('over', 'Softmax', [b.node('Reshape', [logits, shape])], { axis: int(-1) })];
    });
    await expect(read(files)).rejects.toEqual(error('MODEL_UNSUPPORTED', /along axis 2, which has one value: of a sample/));
  });

  it('but one along the classes in an earlier axis is not', async () => {
    const files = onnx((b, logits) => {
      const shape = b.constant(int64s([-1, 3, 1]));
      return [b.named('over', 'Softmax', [b.node('Reshape', [logits, shape])], { axis: int(1) })];
    });
    expect((await read(files)).output).toMatchObject({ ending: 'none', classes: 3 });
  });
});

describe('which of several outputs of an ONNX model is meant', () => {
  it('must be said where several could be', async () => {
    await expect(read(both)).rejects.toEqual(
      error('MODEL_UNSUPPORTED', /2 outputs, of which 2 could be.*"logits" \[n, 3\]; "scores" \[n, 3\].*`output: logits`/),
    );
  });

  it.each<[ReadModelOptions['output'], string]>([
    ['scores', 'none'],
    ['logits', 'softmax'],
    [{ name: 'logits' }, 'softmax'],
    [{ name: 'scores', values: 'probabilities' }, 'none'],
  ])('is said by its name: %o', async (output, ending) => {
    const model = await read(both, output);
    expect(model.output).toMatchObject({ ending, file: { byName: true } });
    expect(model.output.file.outputs.map(({ name }) => name)).toEqual(['logits', 'scores']);
    const found = valueIn(await runOnnx(model.graph, { [model.input.name]: x }), model.output.name);
    expect(relativeDifference(found, softmax)).toBeLessThan(1e-6);
  });

  it('is told when there is none of that name, with a suggestion', async () => {
    await expect(read(both, 'score')).rejects.toEqual(
      error('SPEC_INVALID', /no output "score"\. Did you mean "scores"\? Its outputs: "logits" \[n, 3\]; "scores" \[n, 3\]/),
    );
  });

  it('has layers of its own only', async () => {
    const { layers } = await read(both, 'logits');
    expect(layers.map(({ name }) => name)).toEqual(['logits']);
  });

  it.each<[string, ReturnType<typeof onnx>]>([
    [
      'whole numbers',
      onnx((builder, _, scores) => [builder.named('best', 'ArgMax', [scores], { axis: int(1), keepdims: int(0) }), scores]),
    ],
    ['indices of one form', onnx((builder, _, scores) => [builder.named('best', 'ArgMax', [scores], { axis: int(1) }), scores])],
    [
      'a number a sample',
      onnx((builder, _, scores) => [
        builder.named('loss', 'Reshape', [
          builder.node('ReduceMax', [scores, builder.constant(int64s([1]))]),
          builder.constant(int64s([-1])),
        ]),
        scores,
      ]),
    ],
    [
      'positions',
      onnx((builder, logits, scores) => [
        builder.named('map', 'Unsqueeze', [
          builder.node('Concat', [logits, logits], { axis: int(1) }),
          builder.constant(int64s([1])),
        ]),
        scores,
      ]),
    ],
  ])('need not be said beside %s', async (_, files) => {
    const model = await read(files);
    expect(model.output.file).toMatchObject({ name: 'scores', byName: false });
    // Saying what is taken anyway changes nothing, the fingerprint neither.
    expect((await read(files, 'scores')).output.file.byName).toBe(false);
  });

  it('may be a bare number a sample: two classes', async () => {
    const files = onnx((builder, logits) => [
      builder.named('p', 'Sigmoid', [
        builder.node('Reshape', [
          builder.node('ReduceMax', [logits, builder.constant(int64s([1]))]),
          builder.constant(int64s([-1])),
        ]),
      ]),
    ]);
    const model = await read(files);
    const found = valueIn(await runOnnx(model.graph, { [model.input.name]: x }), model.output.name);
    const p = 1 / (1 + Math.exp(-Math.max(...z)));
    expect(relativeDifference(found, arrayOf([1, 2], [1 - p, p]))).toBeLessThan(1e-6);
  });

  it('that does not fit is refused with its shape', async () => {
    const files = onnx((builder, logits, scores) => [
      scores,
      builder.named('map', 'Unsqueeze', [
        builder.node('Concat', [logits, logits], { axis: int(1) }),
        builder.constant(int64s([1])),
      ]),
    ]);
    await expect(read(files, 'map')).rejects.toEqual(
      error('MODEL_UNSUPPORTED', /its output "map" is not.*"scores" \[n, 3\]; "map" \[n, 1, 6\], does not fit/),
    );
  });
});

/** A body and two heads; the second has a layer that is not supported where `odd` says so. */
function twoHeads(odd = false): ModelFixture {
  const fixture = functionalFixture(
    [4],
    [
      {
        class_name: 'Dense',
        config: { name: 'body', units: 5, activation: 'relu' },
        from: ['the_input'],
        weights: { kernel: [4, 5], bias: [5] },
      },
      {
        class_name: 'Dense',
        config: { name: 'kinds', units: 3, activation: 'softmax' },
        from: ['body'],
        weights: { kernel: [5, 3], bias: [3] },
      },
      {
        class_name: odd ? 'Odd' : 'Dense',
        config: { name: 'ages', units: 2 },
        from: ['body'],
        weights: { kernel: [5, 2], bias: [2] },
      },
    ],
  );
  const config = {
    ...(fixture.topology.config as Record<string, unknown>),
    output_layers: [
      ['kinds', 0, 0],
      ['ages', 0, 0],
    ],
  };
  return { ...fixture, topology: { ...fixture.topology, config } };
}

describe.each<[string, (fixture: ModelFixture) => Promise<ReadModelOptions['files']>]>([
  ['TF.js', (fixture) => Promise.resolve(tfjsFiles(fixture))],
  ['Keras', async (fixture) => [{ name: 'model.h5', bytes: await hdf5Bytes(fixture) }]],
])('which of several outputs of a %s model is meant', (_, files) => {
  it('must be said where several could be', async () => {
    await expect(read(await files(twoHeads()))).rejects.toEqual(
      error('MODEL_UNSUPPORTED', /2 outputs.*"kinds" \[n, 3\]; "ages" \[n, 2\].*`output: kinds`/),
    );
  });

  it('is said by its layer', async () => {
    const model = await read(await files(twoHeads()), 'kinds');
    expect(model.output).toMatchObject({ classes: 3, ending: 'none', file: { name: 'kinds', byName: true } });
    expect(model.layers.map(({ name }) => name)).toEqual(['body', 'kinds']);
    expect(JSON.stringify(model.keras?.topology)).not.toContain('ages');
  });

  it('needs nothing of what only the others are made of', async () => {
    const model = await read(await files(twoHeads(true)), 'kinds');
    expect(model.output.file.outputs).toEqual([
      { name: 'kinds', shape: [null, 3], classes: 3 },
      { name: 'ages', shape: undefined, classes: undefined },
    ]);
    await expect(read(await files(twoHeads(true)), 'ages')).rejects.toEqual(error('MODEL_UNSUPPORTED', /"ages" is of class Odd/));
  });
});

it('an output of a Keras model may be a key of a dictionary', async () => {
  const fixture = twoHeads();
  const config = {
    ...(fixture.topology.config as Record<string, unknown>),
    output_layers: { species: ['kinds', 0, 0], years: ['ages', 0, 0] },
  };
  const files = tfjsFiles({ ...fixture, topology: { ...fixture.topology, config } });
  expect((await read(files, 'years')).output).toMatchObject({ classes: 2, ending: 'softmax', file: { name: 'years' } });
});
