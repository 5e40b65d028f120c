import { describe, expect, it } from 'vitest';
import { evaluateConstants } from '../../engine/src/onnxruntime/evaluate-constants.js';
import { int } from '../src/attributes.js';
import { GraphBuilder } from '../src/builder.js';
import { int64s } from '../src/constants.js';
import { inspectModel } from '../src/inspect/inspect-model.js';
import { apart } from '../src/names.js';
import { classNumbers } from '../src/onnx/ml/class-numbers.js';
import { modelProto, type ModelProto } from '../src/onnx/schema.js';
import { attribute, onnxFile } from './reference/onnx-file.js';
import { readModel } from './reference/read-model.js';
import { sklearnFile, sklearnGoldens } from './reference/sklearn-goldens.js';

const read = (name: string, options: Partial<Parameters<typeof readModel>[0]> = {}) =>
  readModel({ files: [sklearnFile(name)], name, ...options });
const error = (code: string, message: RegExp): unknown =>
  expect.objectContaining({ code, message: expect.stringMatching(message) as string });

describe('the output of a model of scikit-learn', () => {
  it.each([
    ['logistic', 'probabilities', 'label'],
    ['logistic-zipmap', 'output_probability', 'output_label'],
    ['logistic-texts-zipmap', 'output_probability', 'output_label'],
  ])('is its probabilities, not its label: %s', async (file, probabilities, label) => {
    const { output } = await read(file);
    expect(output).toMatchObject({ ending: 'none', multiLabel: false, file: { name: probabilities, byName: false } });
    expect(output.file.outputs).toEqual([
      { name: probabilities, shape: [null, 3], classes: 3 },
      { name: label, shape: undefined, classes: undefined },
    ]);
  });

  it('may be chosen by its name', async () => {
    expect((await read('forest-zipmap', { output: 'output_probability' })).output.file.byName).toBe(false);
    await expect(read('forest-zipmap', { output: 'output_label' })).rejects.toEqual(
      error('MODEL_UNSUPPORTED', /its output "output_label" is not\. .*"output_label", not supported/),
    );
  });

  it.each(['svc-votes', 'ridge'])('counts as logits where it gives no probabilities: %s', async (file) => {
    expect((await read(file)).output).toMatchObject({ ending: 'softmax', multiLabel: false });
  });

  it('of a regressor is refused', async () => {
    await expect(read('regression')).rejects.toEqual(
      error('MODEL_UNSUPPORTED', /one output "variable" is a quantity: the file has no labels.*Regression is not supported/),
    );
    expect((await read('regression', { output: 'logits' })).output.ending).toBe('two-classes-of-logit');
  });
});

describe('the layers of a model of scikit-learn', () => {
  it.each([
    ['forest-zipmap', 'TreeEnsembleClassifier'],
    ['svc-votes', 'SVMClassifier'],
  ])('are what computes, also where a label comes first, and no ZipMap: %s', async (file, kind) => {
    const { layers } = await read(file);
    expect(layers.map((layer) => layer.kind)).toContain(kind);
    expect(layers.find((layer) => layer.kind === kind)?.shape).toEqual([3]);
    expect(layers.map(({ name }) => name)).not.toContain('ZipMap');
  });
});

describe('the input of a model of scikit-learn', () => {
  it('of an input a column is a table with their names', async () => {
    const { input } = await read('logistic-columns');
    expect(input).toEqual({ name: '[features]', shape: [13], featureNames: sklearnGoldens.featureNames });
  });

  it('of float64 is given float32', async () => {
    expect((await read('forest-double')).input).toEqual({ name: '[X]', shape: [13] });
  });

  it('of whole numbers is refused', async () => {
    await expect(readModel({ files: [withInputOf('forest', 7)], name: 'whole' })).rejects.toEqual(
      error('MODEL_UNSUPPORTED', /input "X" is of int64; float32 and float64 are supported\..*FloatTensorType/),
    );
  });
});

describe('votes of the neighbours within a radius', () => {
  /** Softmax(x), and 0/0 of samples beyond the radius. */
  const within = async (radius: number) => {
    const builder = new GraphBuilder();
    const x = builder.input('x', 'float', [null, 3]);
    const largest = builder.node('ReduceMax', [builder.node('Abs', [x]), builder.constant(int64s([1]))], { keepdims: int(1) });
    const inside = builder.node('Cast', [builder.node('Less', [largest, builder.scalar(radius, 'float')])], { to: int(1) });
    const votes = builder.node('Mul', [builder.node('Softmax', [x], { axis: int(1) }), inside]);
    builder.output(builder.node('Div', [votes, inside]), apart('y'));
    const output = { name: 'y', shape: [null, 3], classes: 3, byName: false };
    const labels = { names: ['label'], oneOf: true, zipMaps: [] };
    return classNumbers(builder.build(), { output, multiLabel: undefined, labels, evaluate: evaluateConstants });
  };

  it('are probabilities where there are some', async () => {
    expect(await within(0.5)).toEqual({ values: 'probabilities', multiLabel: false });
  });

  it('are not taken for logits where random samples have none', async () => {
    await expect(within(1e-9)).rejects.toEqual(
      error(
        'MODEL_UNSUPPORTED',
        /output "y" gives probabilities is not known.*not finite\. Say output: probabilities, or logits/,
      ),
    );
  });
});

describe('a PowerTransformer', () => {
  // ln x of a value below 0 is NaN, and 0 behind the second Imputer: no gradient gets through.
  it('has no gradient, by name', async () => {
    const imputer = (input: string, output: string, missing: number) => ({
      ...{ opType: 'Imputer', domain: 'ai.onnx.ml', input: [input], output: [output], name: output },
      attribute: [attribute.float('replaced_value_float', missing), { name: 'imputed_value_floats', type: 6, floats: [0] }],
    });
    const bytes = onnxFile({
      opset: 17,
      nodes: [
        { opType: 'Log', input: ['x'], output: ['branch'] },
        imputer('branch', 'finite', Infinity),
        imputer('finite', 'y', Number.NaN),
      ],
      input: [1, 6],
      output: [1, 6],
    });
    const model = await readModel({ files: [{ name: 'm.onnx', bytes }], name: 'power', output: 'logits' });
    expect(inspectModel(model).gradient).toMatchObject({
      supported: false,
      reason: expect.stringMatching(/"finite" uses Imputer, which has no gradient\. Use a method that needs none/) as string,
    });
  });
});

describe('a model of scikit-learn without a gradient', () => {
  it.each([
    [
      'forest',
      'TreeEnsembleClassifier',
      /uses TreeEnsembleClassifier, which has no gradient\. Use a method that needs none: shap-kernel/,
    ],
    ['boosting', 'TreeEnsembleClassifier', /TreeEnsembleClassifier, which has no gradient/],
    ['hist-boosting', 'TreeEnsembleClassifier', /TreeEnsembleClassifier, which has no gradient/],
    ['svc', 'SVMClassifier', /SVMClassifier, which has no gradient/],
  ])('says which operator has none: %s', async (file, op, reason) => {
    const { gradient, deepLift } = inspectModel(await read(file));
    expect(gradient).toMatchObject({ supported: false, nodes: [{ op }], reason: expect.stringMatching(reason) as string });
    expect(deepLift).toMatchObject({ supported: false, nodes: [{ op }] });
  });

  it.each([
    ['neighbours', 'Cast'],
    ['bernoulli', 'Cast'],
    ['ada-boost', 'Cast'],
  ])('says where its output changes in steps only: %s', async (file, op) => {
    const { gradient } = inspectModel(await read(file));
    const reason = new RegExp(`\\(${op}\\) gives whole numbers or truth values: .* its gradient is 0 everywhere`);
    expect(gradient).toMatchObject({ supported: false, reason: expect.stringMatching(reason) as string });
  });
});

it.each(['logistic', 'logistic-2', 'one-vs-rest', 'normalizer-l2', 'mlp-2', 'naive-bayes', 'lda', 'stacking'])(
  'what is arithmetic has gradients and DeepLIFT multipliers: %s',
  async (file) => {
    const { gradient, deepLift } = inspectModel(await read(file));
    expect([gradient, deepLift]).toEqual([
      { supported: true, nodes: [] },
      { supported: true, nodes: [] },
    ]);
  },
);

it('another operator of that domain is refused by name', async () => {
  const file = changed('logistic', ({ graph }) => {
    const scaler = graph?.node.find(({ opType }) => opType === 'Scaler');
    if (scaler !== undefined) Object.assign(scaler, { opType: 'CategoryMapper' });
  });
  await expect(readModel({ files: [file], name: 'other' })).rejects.toEqual(
    error(
      'MODEL_UNSUPPORTED',
      /uses CategoryMapper of operator domain "ai\.onnx\.ml"; of it ArrayFeatureExtractor, .* are supported/,
    ),
  );
});

function changed(name: string, change: (model: ModelProto) => void) {
  const model = modelProto.decode(sklearnFile(name).bytes);
  change(model as unknown as ModelProto);
  return { name: `${name}.onnx`, bytes: modelProto.encode(model).finish() };
}

/** The file with an input of another element type. */
function withInputOf(name: string, elemType: number) {
  return changed(name, ({ graph }) => {
    const tensor = graph?.input[0]?.type?.tensorType;
    if (tensor !== undefined && tensor !== null) Object.assign(tensor, { elemType });
  });
}
