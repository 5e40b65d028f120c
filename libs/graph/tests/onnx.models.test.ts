import { describe, expect, it } from 'vitest';
import { int } from '../src/attributes.js';
import { GraphBuilder } from '../src/builder.js';
import { constantOf } from '../src/constants.js';
import { inspectModel } from '../src/inspect/inspect-model.js';
import { externalFiles } from '../src/onnx/read.js';
import { writeOnnx } from '../src/onnx/write.js';
import { readModel } from './reference/read-model.js';
import { arrayOf } from './reference/array.js';
import { relativeDifference } from './reference/compare.js';
import { valueIn } from './reference/interpret.js';
import { attribute, onnxFile, type NodeFixture } from './reference/onnx-file.js';
import { runOnnx } from './reference/onnxruntime.js';

const error = (code: string, message: RegExp): unknown =>
  expect.objectContaining({ code, message: expect.stringMatching(message) as string });
const file = (nodes: readonly NodeFixture[], more = {}) => onnxFile({ opset: 13, nodes, input: [1, 2], output: [1, 2], ...more });

describe('what an ONNX model gives', () => {
  /** x → Gemm → `last`. */
  const ending = (last: string | undefined, classes = 3) => {
    const builder = new GraphBuilder();
    const x = builder.input('x', 'float', [null, 2]);
    const kernel = constantOf(
      'float',
      [2, classes],
      Array.from({ length: 2 * classes }, (_, i) => i - 2),
    );
    const logits = builder.named('logits', 'MatMul', [x, builder.constant(kernel, 'head.weight')]);
    builder.output(last === undefined ? logits : builder.node(last, [logits]));
    return [{ name: 'm.onnx', bytes: writeOnnx(builder.build()) }];
  };
  const x = arrayOf([1, 2], [0.5, -0.25]);
  const logits = [0, 1, 2].map((c) => 0.5 * (c - 2) - 0.25 * (c + 1));
  const total = logits.reduce((sum, z) => sum + Math.exp(z), 0);
  const softmax = logits.map((z) => Math.exp(z) / total);

  it.each([
    [undefined, 'softmax'],
    ['Relu', 'softmax'],
    ['Softmax', 'none'],
    ['Sigmoid', 'none'],
    ['LogSoftmax', 'exp'],
  ] as const)('ending in %s: %s is added', async (last, expected) => {
    expect((await readModel({ files: ending(last), name: 'fixture' })).output.ending).toBe(expected);
  });

  it.each([undefined, 'LogSoftmax', 'Softmax'])('are the same probabilities from %s', async (last) => {
    const model = await readModel({ files: ending(last), name: 'fixture' });
    const found = valueIn(await runOnnx(model.graph, { [model.input.name]: x }), model.output.name);
    expect(relativeDifference(found, arrayOf([1, 3], softmax))).toBeLessThan(1e-6);
  });

  it.each([
    [undefined, 'two-classes-of-logit'],
    ['Sigmoid', 'two-classes-of-probability'],
  ])('is two classes where there is one output: ending in %s', async (last, expected) => {
    const model = await readModel({ files: ending(last, 1), name: 'fixture' });
    const found = valueIn(await runOnnx(model.graph, { [model.input.name]: x }), model.output.name);
    expect(model.output).toMatchObject({ ending: expected, classes: 2, multiLabel: false });
    const probability = 1 / (1 + Math.exp(0.5 * 2 - 0.25));
    expect(relativeDifference(found, arrayOf([1, 2], [1 - probability, probability]))).toBeLessThan(1e-6);
  });

  it.each([
    ['Softmax', {}, 'MODEL_UNSUPPORTED', /one output ends in Softmax.*same for every sample/],
    ['Sigmoid', { multiLabel: true }, 'SPEC_INVALID', /one output, which means two classes/],
  ] as const)('is refused where it can mean nothing: one output, %s', async (last, said, code, message) => {
    await expect(readModel({ files: ending(last, 1), name: 'fixture', ...said })).rejects.toEqual(error(code, message));
  });

  it.each([
    [undefined, undefined, 'softmax', false],
    [undefined, true, 'sigmoid', true],
    ['Sigmoid', undefined, 'none', true],
    ['Sigmoid', false, 'none', false],
    ['Softmax', undefined, 'none', false],
  ] as const)('is one class or several a sample: ending in %s, multiLabel: %s', async (last, multiLabel, expected, several) => {
    const said = multiLabel === undefined ? {} : { multiLabel };
    const { output } = await readModel({ files: ending(last), name: 'fixture', ...said });
    expect(output).toMatchObject({ ending: expected, multiLabel: several });
  });

  it('is not said to be multi-label where a Softmax makes its classes exclude each other', async () => {
    const read = readModel({ files: ending('Softmax'), name: 'fixture', multiLabel: true });
    await expect(read).rejects.toEqual(error('SPEC_INVALID', /ends in Softmax, whose classes exclude each other/));
  });

  it('may be said otherwise', async () => {
    const read = (last: string | undefined, output: 'logits' | 'probabilities') =>
      readModel({ files: ending(last), name: 'fixture', output });
    expect((await read(undefined, 'probabilities')).output.ending).toBe('none');
    expect((await read('Sigmoid', 'logits')).output.ending).toBe('softmax');
  });

  it('has its layers by node, by output, and by the name of their weights', async () => {
    const { layers } = await readModel({ files: ending('Softmax'), name: 'fixture' });
    expect(layers[0]).toMatchObject({ name: 'logits', aliases: ['head'] });
  });
});

describe('weights in a file of their own', () => {
  const raw = new Uint8Array(Float32Array.of(9, 1, 2, 3, 4).buffer);
  const tensor = (more: Record<string, string>) => ({
    ...{ name: 'c', dims: [2, 2], dataType: 1, dataLocation: 1 },
    externalData: Object.entries({ location: 'weights.data', offset: '4', length: '16', ...more }).map(([key, value]) => ({
      key,
      value,
    })),
  });
  const model = (more: Record<string, string> = {}) =>
    file([{ opType: 'MatMul', input: ['x', 'c'], output: ['y'] }], { initializer: [tensor(more)] });
  const read = (bytes: Uint8Array) =>
    readModel({
      files: [
        { name: 'm.onnx', bytes },
        { name: 'weights.data', bytes: raw },
      ],
      name: 'fixture',
    });

  it('are read from there', async () => {
    expect(externalFiles(model())).toEqual(['weights.data']);
    expect((await read(model())).graph.constants.get('[c]')).toEqual(constantOf('float', [2, 2], [1, 2, 3, 4]));
  });

  it.each([
    [
      'that ends too early',
      { offset: '8' },
      /"weights.data" has \d+ bytes, but tensor "c" ends at byte 24\. Copy or export both/,
    ],
    ['of another size', { length: '8' }, /"c" is 16 bytes by its shape, but 8 bytes of the file "weights.data" are said/],
    [
      'at a place that makes no sense',
      { offset: '-4' },
      /"c" is said to be 16 bytes from byte -4 on in the file "weights.data", which is no place/,
    ],
    ['that is not there', { location: '../weights.data' }, /"..\/weights.data", which is not beside it/],
  ])('are refused in a file %s', async (_, more, message) => {
    await expect(read(model(more as Record<string, string>))).rejects.toEqual(error('MODEL_UNREADABLE', message));
  });
});

describe('a model of half precision', () => {
  it('is read in float32: every half is one exactly', async () => {
    const halves = [0x3c00, 0xc000, 0x3555, 0x0001, 0x8000, 0x7bff];
    const values = [1, -2, 0.333251953125, 2 ** -24, -0, 65504];
    const fixture = file(
      [
        { opType: 'Cast', input: ['x'], output: ['h'], attribute: [attribute.int('to', 10)] },
        { opType: 'MatMul', input: ['h', 'c'], output: ['y'] },
      ],
      { initializer: [{ name: 'c', dims: [2, 3], dataType: 10, int32Data: halves }], output: [1, 3] },
    );
    const { graph } = await readModel({ files: [{ name: 'm.onnx', bytes: fixture }], name: 'fixture' });
    expect(graph.constants.get('[c]')).toEqual(constantOf('float', [2, 3], values));
    expect(graph.nodes.find(({ op }) => op === 'Cast')?.attributes.to).toEqual(int(1));
  });
});

describe('a quantised model', () => {
  it('runs forward, and is refused gradients by name', async () => {
    const scale = { name: 's', dims: [], dataType: 1, floatData: [0.5] };
    const zero = { name: 'z', dims: [], dataType: 2, int32Data: [8] };
    const fixture = file(
      [
        { opType: 'QuantizeLinear', name: 'quantize', input: ['x', 's', 'z'], output: ['q'] },
        { opType: 'DequantizeLinear', name: 'back', input: ['q', 's', 'z'], output: ['d'] },
        { opType: 'Softmax', input: ['d'], output: ['y'] },
      ],
      { initializer: [scale, zero] },
    );
    const model = await readModel({ files: [{ name: 'm.onnx', bytes: fixture }], name: 'fixture' });
    const found = valueIn(await runOnnx(model.graph, { [model.input.name]: arrayOf([1, 2], [1.1, 0.1]) }), '[y]');
    expect(found.data[0]).toBeCloseTo(1 / (1 + Math.exp(-1)), 6);
    expect(inspectModel(model).gradient).toMatchObject({
      supported: false,
      nodes: [
        { name: 'quantize', op: 'QuantizeLinear' },
        { name: 'back', op: 'DequantizeLinear' },
      ],
    });
  });
});
