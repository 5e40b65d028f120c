import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { constantOf, GraphBuilder, writeOnnx } from '@xaigrid/graph';
import { encodeNpy } from '@xaigrid/tensor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { finish, type Finished } from '../support/processes.js';

const samples = 12;
/** ⌊i · φ⌋ fractions: spread over −1 to 1, the same everywhere. */
const spread = (count: number, from: number) =>
  Array.from({ length: count }, (_, i) => 2 * (((i + from) * 0.6180339887498949) % 1) - 1);

/** x of 4×2 → ReLU of a convolution → `outputs` logits → `last`. */
function model(outputs: number, last?: 'Sigmoid' | 'Softmax'): Uint8Array {
  const builder = new GraphBuilder();
  const x = builder.input('x', 'float', [null, 2, 4]);
  const weights = builder.constant(constantOf('float', [3, 2, 2], spread(12, 1)));
  const features = builder.node('Relu', [builder.node('Conv', [x, weights])]);
  const kernel = builder.constant(constantOf('float', [9, outputs], spread(9 * outputs, 5)));
  const logits = builder.named('logits', 'MatMul', [builder.node('Flatten', [features]), kernel]);
  builder.output(last === undefined ? logits : builder.node(last, [logits]));
  return writeOnnx(builder.build());
}

const npy = (shape: readonly number[], values: readonly number[]) => encodeNpy({ shape, data: Float32Array.from(values) });
const tableSchema = z.object({
  table: z.array(z.object({ label: z.string(), explainedClass: z.string(), scoredClass: z.string(), samples: z.int() })),
});

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xaigrid-multi-label-'));
  const write = (name: string, bytes: Uint8Array) => writeFile(join(folder, name), bytes);
  await write('x.npy', npy([samples, 4, 2], spread(samples * 8, 2)));
  await write(
    'sets.npy',
    npy(
      [samples, 3],
      spread(samples * 3, 3).map((value) => Number(value > 0)),
    ),
  );
  await write(
    'binary.npy',
    npy(
      [samples],
      spread(samples, 4).map((value) => Number(value > 0)),
    ),
  );
  await write('sigmoids.onnx', model(3, 'Sigmoid'));
  await write('logits.onnx', model(3));
  await write('softmax.onnx', model(3, 'Softmax'));
  await write('one.onnx', model(1, 'Sigmoid'));
  await write('score.onnx', model(1));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Choice {
  readonly y?: string;
  readonly model: object;
  readonly explainers: readonly object[];
  readonly scoredClass?: unknown;
}

async function run({ y = 'sets.npy', model: chosen, explainers, scoredClass = 'explained' }: Choice): Promise<Finished> {
  const metrics = ['drop-increase', 'deletion-insertion'].map((metric) => ({ metric, scoredClass }));
  const spec = {
    name: 'small',
    datasets: { d: { kind: 'npy', x: 'x.npy', y } },
    models: { m: chosen },
    evaluations: [{ dataset: 'd', model: 'm', explainers, metrics }],
  };
  await writeFile(join(folder, 'spec.json'), JSON.stringify(spec));
  return finish('xaigrid', ['run', 'spec.json', '--json'], { folder });
}

describe('samples of several classes', () => {
  it('are explained and scored class by class, and by the likeliest label', async () => {
    const classes = [0, 1, 2, 'likeliest-label'];
    const { status, stdout, stderr } = await run({
      model: { path: 'sigmoids.onnx' },
      explainers: [{ method: 'gradient', grid: { explainedClass: classes } }],
    });
    expect(stderr).not.toContain('failed');
    expect(status).toBe(0);
    const rows = tableSchema.parse(JSON.parse(stdout)).table.filter(({ samples: count }) => count === samples);
    expect(new Set(rows.map(({ label }) => label))).toEqual(new Set(classes.map((one) => `gradient explainedClass=${one}`)));
    expect(rows.every(({ explainedClass, scoredClass }) => explainedClass === scoredClass)).toBe(true);
  });

  it('say how good the model is by sets, and show them', async () => {
    const metrics = await finish('xaigrid', ['metrics', 'latest', '--format', 'json'], { folder });
    const [quality] = z
      .array(z.object({ accuracy: z.number(), multiLabel: z.object({ hammingLoss: z.number() }) }))
      .parse(JSON.parse(metrics.stdout));
    expect(quality?.multiLabel.hammingLoss).toBeGreaterThan(0);
    expect(metrics.stdout).not.toContain('"confusion"');
    const scores = await finish('xaigrid', ['scores', 'latest', '--class', '2', '--format', 'json'], { folder });
    const found = z.array(z.object({ trueClasses: z.array(z.int()) })).parse(JSON.parse(scores.stdout));
    expect(found.length).toBeGreaterThan(0);
    expect(found.every(({ trueClasses }) => trueClasses.includes(2))).toBe(true);
  });

  it('take the logits of a model that is said to be multi-label, with every kind of gradient', async () => {
    const { status, stderr } = await run({
      model: { path: 'logits.onnx', multiLabel: true },
      explainers: [{ method: 'shap-deep', explainedClass: 1, background: { dataset: 'd', size: 4 } }, { method: 'sise' }],
    });
    expect(stderr).not.toContain('failed');
    expect(status).toBe(0);
  });

  it.each<[string, Choice, RegExp]>([
    [
      'a Softmax',
      { model: { path: 'softmax.onnx' }, explainers: [{ method: 'gradient' }] },
      /SHAPE_MISMATCH: Data set "d" has samples of several classes.*"m" exclude each other.*a Softmax/,
    ],
    [
      'logits that would get a Softmax',
      { model: { path: 'logits.onnx' }, explainers: [{ method: 'gradient' }] },
      /SHAPE_MISMATCH: .*"logits" counts as logits and gets a Softmax.*multiLabel: true/,
    ],
    [
      'a model of two classes',
      { model: { path: 'one.onnx' }, explainers: [{ method: 'gradient' }] },
      /SHAPE_MISMATCH: Data set "d" has 3 classes; model "m" knows 2, 0 and 1/,
    ],
    [
      'the one class of the label',
      { model: { path: 'sigmoids.onnx' }, explainers: [{ method: 'gradient', explainedClass: 'label' }] },
      /SPEC_INVALID: evaluations\.0\.explainers\.0 .*: explainedClass: label is not one class.*likeliest-label.*0 to 2/,
    ],
  ])('do not go with %s, and the message says why', async (_, choice, message) => {
    const { status, stderr } = await run(choice);
    expect(stderr).toMatch(message);
    expect(status).toBe(2);
  });
});

describe('logits that are said to be probabilities', () => {
  it.each([
    ['as they are', {}],
    ['with multiLabel: true', { multiLabel: true }],
  ])('fail the run before anything is scored, with the sample, the values and what to say instead: %s', async (_, said) => {
    const { status, stdout, stderr } = await run({
      model: { path: 'logits.onnx', output: 'probabilities', ...said },
      explainers: [{ method: 'gradient', explainedClass: 0 }],
    });
    expect(stderr).toMatch(
      /MODEL_UNSUPPORTED: The model's outputs on sample \d+ are not probabilities between 0 and 1: (-?[\d.]+(, )?){3}\. Set output: logits/,
    );
    expect(status).not.toBe(0);
    expect(tableSchema.parse(JSON.parse(stdout)).table.every(({ samples: count }) => count === 0)).toBe(true);
  });
});

describe('a model with one output', () => {
  it('takes labels 0 and 1, and explains and scores both classes', async () => {
    const background = { dataset: 'd', size: 4 };
    const { status, stdout, stderr } = await run({
      y: 'binary.npy',
      model: { path: 'one.onnx' },
      explainers: [
        { method: 'gradient', grid: { explainedClass: [0, 1, 'label'] } },
        ...['shap-deep', 'shap-gradient'].map((method) => ({ method, explainedClass: 0, background })),
        { method: 'grad-cam', explainedClass: 0 },
      ],
    });
    expect(stderr).not.toContain('failed');
    expect(status).toBe(0);
    expect(tableSchema.parse(JSON.parse(stdout)).table.every(({ samples: count }) => count === samples)).toBe(true);
    const metrics = await finish('xaigrid', ['metrics', 'latest', '--format', 'json'], { folder });
    expect(JSON.parse(metrics.stdout)).toMatchObject([{ classes: 2, calibration: expect.anything() as unknown }]);
  });

  it('that is no probability, and is said to be one, fails with its value', async () => {
    const { status, stderr } = await run({
      y: 'binary.npy',
      model: { path: 'score.onnx', output: 'probabilities' },
      explainers: [{ method: 'gradient' }],
    });
    expect(status).not.toBe(0);
    expect(stderr).toMatch(/one output is -?[\d.]+ on sample \d+, which is not a probability/);
  });
});
