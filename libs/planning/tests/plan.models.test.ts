import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256 } from '@xaigrid/contracts';
import { constantOf, GraphBuilder, writeOnnx } from '@xaigrid/graph';
import { beforeAll, describe, expect, it } from 'vitest';
import { referenceModel } from '../src/references.js';

let folder = '';
const bytes: Record<string, Uint8Array> = {};

/** x → weights → `last`, of an open number of positions. */
function model(last: string | undefined): Uint8Array {
  const builder = new GraphBuilder();
  const x = builder.input('x', 'float', [null, 2, null]);
  const pooled = builder.node('GlobalMaxPool', [x]);
  builder.annotate(pooled, { type: 'float', shape: [null, 2, 1] });
  const flat = builder.node('Flatten', [pooled]);
  const logits = builder.node('MatMul', [flat, builder.constant(constantOf('float', [2, 2], [1, 2, 3, 4]))]);
  builder.output(last === undefined ? logits : builder.node(last, [logits]));
  return writeOnnx(builder.build());
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xaigrid-models-'));
  for (const [name, last] of [
    ['logits.onnx', undefined],
    ['softmax.onnx', 'Softmax'],
  ] as const) {
    bytes[name] = model(last);
    await writeFile(join(folder, name), bytes[name]);
  }
});

const reference = async (path: string, options = {}) =>
  (await referenceModel('m', { path, inputShape: [5, 2], ...options }, folder)).reference;
const fileHash = (name: string) => sha256(sha256(bytes[name] ?? new Uint8Array()));

describe("a model's fingerprint", () => {
  it('tells apart what is added to the same file', async () => {
    const prints = await Promise.all([
      reference('logits.onnx'),
      reference('logits.onnx', { output: 'logits' }),
      reference('logits.onnx', { output: 'probabilities' }),
      reference('logits.onnx', { inputShape: [6, 2] }),
    ]);
    const [found, said, asItIs, larger] = prints.map(({ fingerprint }) => fingerprint);
    // Saying what was found out anyway changes nothing.
    expect(said).toBe(found);
    expect(new Set([found, asItIs, larger, fileHash('logits.onnx')]).size).toBe(4);
  });

  it('keeps what was said of the file, for workers to read it by', async () => {
    expect((await reference('softmax.onnx', { output: 'probabilities' })).options).toEqual({
      inputShape: [5, 2],
      output: 'probabilities',
    });
  });
});

describe('a model of an open size', () => {
  it('needs one', async () => {
    await expect(referenceModel('m', { path: 'logits.onnx' }, folder)).rejects.toMatchObject({
      code: 'MODEL_UNSUPPORTED',
      message:
        'Model "m": The model\'s input is ?×2 a sample; a fixed size is needed. Give its inputShape, for example [224, 224, 3].',
    });
  });
});

it('a file of weights that is not there is named, and where it belongs', async () => {
  await writeFile(join(folder, 'model.json'), JSON.stringify({ weightsManifest: [{ paths: ['weights.bin'] }] }));
  await expect(referenceModel('m', { path: 'model.json' }, folder)).rejects.toMatchObject({
    code: 'MODEL_UNREADABLE',
    message: `There is no file ${join(folder, 'weights.bin')}, which has weights of model.json. Put it beside model.json.`,
  });
});

it.each([
  ['saved_model.pb', /is a TensorFlow SavedModel, which is not supported\. Save the model with model\.save\("model\.keras"\)/],
  ['model.safetensors', /is a folder without a TF\.js model\.json\. Name the model file itself/],
])('a folder with %s is called what it is', async (name, message) => {
  const path = join(folder, `folder of ${name}`);
  await mkdir(path);
  await writeFile(join(path, name), '');
  await expect(referenceModel('m', { path }, folder)).rejects.toMatchObject({
    code: 'MODEL_UNREADABLE',
    message: expect.stringMatching(message) as string,
  });
});

it('a SavedModel is called so where its file is named, with the line that converts it', async () => {
  const path = join(folder, 'exported');
  await mkdir(path);
  await writeFile(join(path, 'saved_model.pb'), '');
  await expect(referenceModel('m', { path: join(path, 'saved_model.pb') }, folder)).rejects.toMatchObject({
    code: 'MODEL_UNREADABLE',
    message: expect.stringContaining(`python -m tf2onnx.convert --saved-model ${path} --output model.onnx.`) as string,
  });
});
