import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseSpec } from '@xaigrid/contracts';
import { constantOf, GraphBuilder, int, writeOnnx } from '@xaigrid/graph';
import { encodeNpy } from '@xaigrid/tensor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sequentialFixture, tfjsFiles } from '../../graph/tests/reference/keras-models.js';
import { classesNote } from '../src/fit.js';
import { planRun } from '../src/plan-run.js';
import { registries } from '../src/registries.js';

let folder = '';

/** x [n, 2, 5] → convolution → ReLU, or a remainder, which has no gradient → global pooling → two logits. */
function model(op: 'Relu' | 'Mod'): Uint8Array {
  const builder = new GraphBuilder();
  const x = builder.input('x', 'float', [null, 2, 5]);
  const features = builder.named('conv', 'Conv', [x, builder.constant(constantOf('float', [2, 2, 1], [1, 2, 3, 4]))]);
  const middle =
    op === 'Relu'
      ? builder.named('middle', op, [features])
      : builder.named('middle', op, [features, builder.scalar(3)], { fmod: int(1) });
  builder.output(builder.node('Flatten', [builder.node('GlobalAveragePool', [middle])]));
  return writeOnnx(builder.build());
}

/** Two features → three logits. */
function rows(): Uint8Array {
  const builder = new GraphBuilder();
  const weights = builder.constant(constantOf('float', [2, 3], [1, 2, 3, 4, 5, 6]));
  builder.output(builder.node('MatMul', [builder.input('x', 'float', [null, 2]), weights]));
  return writeOnnx(builder.build());
}

/** Four words → a row of a table each → three classes. */
const lookup = () =>
  tfjsFiles(
    sequentialFixture(
      [4],
      [
        { class_name: 'Embedding', config: { name: 'table', input_dim: 5, output_dim: 2 }, weights: { embeddings: [5, 2] } },
        { class_name: 'Flatten', config: { name: 'flatten' } },
        {
          class_name: 'Dense',
          config: { name: 'head', units: 3, activation: 'softmax' },
          weights: { kernel: [8, 3], bias: [3] },
        },
      ],
    ),
  );

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xaigrid-plan-'));
  await writeFile(join(folder, 'plain.onnx'), model('Relu'));
  await writeFile(join(folder, 'stepped.onnx'), model('Mod'));
  await writeFile(join(folder, 'x.npy'), encodeNpy({ shape: [6, 5, 2], data: new Float32Array(60) }));
  await writeFile(join(folder, 'y.npy'), encodeNpy({ shape: [6], data: Int32Array.of(0, 1, 0, 1, 0, 1) }));
  await writeFile(join(folder, 'from-one.npy'), encodeNpy({ shape: [6], data: Int32Array.of(1, 2, 1, 2, 1, 2) }));
  await writeFile(join(folder, 'too-many.npy'), encodeNpy({ shape: [6], data: Int32Array.of(0, 3, 1, 2, 1, 2) }));
  await writeFile(join(folder, 'slip.npy'), encodeNpy({ shape: [6], data: Int32Array.of(0, 1, 0, 2, 1, 0) }));
  await writeFile(join(folder, 'wine.csv'), `id,acid,hue,label\n1,0.5,2,a\n2,0.25,1,b\n`);
  await writeFile(join(folder, 'rows.onnx'), rows());
  await writeFile(
    join(folder, 'words.npy'),
    encodeNpy({ shape: [6, 4], data: Float32Array.from({ length: 24 }, (_, at) => at % 5) }),
  );
  await mkdir(join(folder, 'words'));
  for (const { name, bytes } of lookup()) await writeFile(join(folder, 'words', name), bytes);
  await writeFile(join(folder, 'cut.onnx'), model('Relu').subarray(0, 60));
  for (const [name, shape] of Object.entries({ good: [6, 5], wrong: [6, 4], twice: [12, 5], few: [3, 5], first: [6, 2, 5] }))
    await writeFile(join(folder, `${name}.npy`), encodeNpy({ shape, data: new Float32Array(shape.reduce((a, b) => a * b)) }));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Wanted {
  readonly explainer: object;
  readonly model?: string;
  readonly metric?: object;
  readonly more?: object;
}

function plan({
  explainer,
  model: path = 'plain.onnx',
  metric = { metric: 'drop-increase', keepFractions: [0.5] },
  more = {},
}: Wanted) {
  const spec = {
    name: 'checked',
    datasets: { d: { kind: 'npy', x: 'x.npy', y: 'y.npy' } },
    models: { m: { path } },
    evaluations: [{ dataset: 'd', model: 'm', explainers: [explainer], metrics: [metric] }],
    ...more,
  };
  return planRun(parseSpec({ text: JSON.stringify(spec), source: 'spec', registries, environment: {} }), { baseFolder: folder });
}

const words = { d: { kind: 'npy', x: 'words.npy', y: 'y.npy' } };
const stored = (path: string) => ({ method: 'stored', path });

describe('what can be known before anything is computed is refused by the plan', () => {
  it.each([
    [
      { explainer: stored('wrong.npy') },
      'SHAPE_MISMATCH',
      /wrong\.npy has the shape \[6, 4\]; maps for this model are \[samples, 5\]/,
    ],
    [
      { explainer: stored('twice.npy') },
      'SHAPE_MISMATCH',
      /twice\.npy holds 12 maps, but the data set has 6 samples, and row i is/,
    ],
    [
      { explainer: stored('few.npy') },
      'SHAPE_MISMATCH',
      /few\.npy holds 3 maps, none for sample 5\. .* take only the first: limit: \{ samples: 3, choose: first \}/,
    ],
    [
      { explainer: { ...stored('first.npy'), layout: 'channels-last' } },
      'SHAPE_MISMATCH',
      /It would fit with layout: channels-first\.$/,
    ],
    [
      { explainer: stored('good.npy'), metric: { metric: 'max-sensitivity' } },
      'SPEC_INVALID',
      /Metric "max-sensitivity" has maps drawn again, of changed samples; those of method "stored" are read from files/,
    ],
    [
      { explainer: { method: 'gradient' }, more: { engine: 'tensorflow' } },
      'OPERATION_UNSUPPORTED',
      /^Model "m": The engine tensorflow executes Keras and TF\.js models, not models of format onnx/,
    ],
    [
      { explainer: { method: 'gradient' }, model: 'words/model.json', more: { datasets: words, engine: 'tensorflow' } },
      'OPERATION_UNSUPPORTED',
      /^evaluations\.0\.explainers\.0 \(line 1\): gradient cannot explain model "m": .*\(Gather\) cannot be differentiated: its indices are computed/,
    ],
    [
      { explainer: { method: 'gradient' }, model: 'stepped.onnx' },
      'OPERATION_UNSUPPORTED',
      /^evaluations\.0\.explainers\.0 \(line 1\): gradient cannot explain model "m": Node "middle" uses Mod, which cannot be differentiated/,
    ],
    [
      { explainer: { method: 'sise', layers: ['conv'] }, model: 'stepped.onnx' },
      'OPERATION_UNSUPPORTED',
      /^evaluations\.0\.explainers\.0 \(line 1\): sise cannot explain model "m"/,
    ],
    [
      { explainer: { method: 'lrp' }, model: 'stepped.onnx' },
      'OPERATION_UNSUPPORTED',
      /^evaluations\.0\.explainers\.0 \(line 1\): lrp cannot explain model "m": Node "middle" \(Mod\) has no rule of layer-wise relevance propagation/,
    ],
    [
      { explainer: { method: 'shap-deep', background: { dataset: 'd' } }, model: 'stepped.onnx' },
      'OPERATION_UNSUPPORTED',
      /^evaluations\.0\.explainers\.0 \(line 1\): shap-deep cannot explain model "m": .*Mod/,
    ],
    [
      {
        explainer: { method: 'occlusion', target: 'logit' },
        more: { models: { m: { path: 'plain.onnx', output: 'probabilities' } } },
      },
      'OPERATION_UNSUPPORTED',
      /target: logit needs the model's logits/,
    ],
    [
      { explainer: { method: 'gradient', contrast: 7 } },
      'SPEC_INVALID',
      /gradient: contrast 7 is not a class of the model, which has \d+: 0 to \d+\./,
    ],
    [{ explainer: { method: 'grad-cam', layer: 'conv2' } }, 'LAYER_NOT_FOUND', /Layer "conv2" is not in the model/],
    [
      { explainer: { method: 'gradient', explainedClass: 7 } },
      'SPEC_INVALID',
      /^evaluations\.0\.explainers\.0 \(line 1\): explainedClass: 7 is not a class of model "m"/,
    ],
    [
      { explainer: { method: 'gradient' }, metric: { metric: 'drop-increase', baseline: [1, 2, 3] } },
      'SHAPE_MISMATCH',
      /^evaluations\.0\.metrics\.0 \(line 1\): The baseline has the shape \[3\]\. Give /,
    ],
  ] satisfies [Wanted, string, RegExp][])('%j', async (wanted, code, message) => {
    await expect(plan(wanted)).rejects.toMatchObject({ code, message: expect.stringMatching(message) as string });
  });

  it.each([
    [
      'good.npy',
      /good\.npy: maps of shape \[6, 5\] are read as one number for each of the 5 positions; row i is the map of sample i\.$/,
    ],
    ['first.npy', /first\.npy: maps of shape \[6, 2, 5\] are read as 2 channels, first; row i is the map of sample i\.$/],
  ])('what is read of stored maps is told: %s', async (path, note) => {
    expect((await plan({ explainer: stored(path) })).notes).toContainEqual(expect.stringMatching(note));
  });

  it.each([
    ['from-one.npy', /Its labels run from 1 to 2, but classes count from 0\. Subtract 1 from the labels\.$/],
    [
      'slip.npy',
      /has 3 classes; model "m" knows 2\. Sample 3 has label 2; no other sample has one beyond the model\. Correct the labels/,
    ],
    ['too-many.npy', /has 4 classes; model "m" knows 2\. Use a model trained for this data set\.$/],
  ])('labels that the model has no class for: %s', async (y, message) => {
    const more = { datasets: { d: { kind: 'npy', x: 'x.npy', y } } };
    await expect(plan({ explainer: { method: 'random' }, more })).rejects.toMatchObject({
      code: 'SHAPE_MISMATCH',
      message: expect.stringMatching(message) as string,
    });
  });

  it('columns that are too many are named, with the option that takes some of them', async () => {
    const more = { datasets: { d: { kind: 'csv', path: 'wine.csv', label: 'label' } } };
    await expect(plan({ explainer: { method: 'random' }, model: 'rows.onnx', more })).rejects.toMatchObject({
      code: 'SHAPE_MISMATCH',
      message: expect.stringMatching(
        /samples of 3\. Its 3 columns are id, acid, hue; name the 2 that the model takes with columns: \[\.\.\.\] in the data set\.$/,
      ) as string,
    });
    const columns = { datasets: { d: { kind: 'csv', path: 'wine.csv', label: 'label', columns: ['acid', 'hue'] } } };
    const { notes } = await plan({ explainer: { method: 'random' }, model: 'rows.onnx', more: columns });
    expect(notes).toContain(
      `Data set "d" names 2 classes and model "m" knows 3; they are the model's first, in the data set's order.`,
    );
  });

  it('the first of two mistakes is told, and the second ends no process', async () => {
    const metrics = [{ metric: 'drop-increase', keepFractions: [0.5] }];
    const evaluations = [
      { dataset: 'd', model: 'm', explainers: [{ method: 'occlusion', window: [40] }], metrics },
      { dataset: 'wide', model: 'm', explainers: [{ method: 'random' }], metrics },
    ];
    const datasets = { d: { kind: 'npy', x: 'x.npy', y: 'y.npy' }, wide: { kind: 'npy', x: 'first.npy', y: 'y.npy' } };
    // vitest fails for a rejection that nobody waits for.
    await expect(plan({ explainer: {}, more: { datasets, evaluations } })).rejects.toMatchObject({ code: 'SHAPE_MISMATCH' });
  });

  it('a model file that is cut off is named', async () => {
    await expect(plan({ explainer: { method: 'random' }, model: 'cut.onnx' })).rejects.toMatchObject({
      code: 'MODEL_UNREADABLE',
      message: expect.stringMatching(
        /^\S+\/cut\.onnx: The ONNX model cannot be read: it is cut short, by \d+ bytes or more\. Copy or export it again\.$/,
      ) as string,
    });
  });

  it.each([
    [{ explainer: stored('good.npy') }],
    [{ explainer: stored('first.npy') }],
    [{ explainer: { method: 'occlusion' }, model: 'stepped.onnx' }],
    [{ explainer: { method: 'sise', layers: ['middle'] }, model: 'stepped.onnx' }],
    [{ explainer: { method: 'shap-deep', background: { dataset: 'd' } } }],
  ] satisfies [Wanted][])('and nothing else is: %j', async (wanted) => {
    expect((await plan(wanted)).evaluations).toHaveLength(1);
  });
});

describe('classes that a data set does not name', () => {
  it.each([
    [['0', '1', '3'], / What it calls "3" is the model's class 2: is one missing\?$/],
    [['0', '1', '2'], undefined],
    [['cat', 'dog', 'owl'], /in the data set's order\.$/],
    [['0', '1', '2', '3', '4'], undefined],
    [[], undefined],
  ])('%j of five', (classNames, expected) => {
    const dataset = { reference: { name: 'd', classNames } };
    const note = classesNote(
      ...([dataset, { reference: { name: 'm' }, description: { classes: 5 } }] as unknown as Parameters<typeof classesNote>),
    );
    if (expected === undefined) expect(note).toBeUndefined();
    else expect(note).toMatch(expected);
  });
});
