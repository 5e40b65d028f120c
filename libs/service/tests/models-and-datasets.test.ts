import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256, type ModelReference } from '@xaigrid/contracts';
import { constantOf, GraphBuilder, writeOnnx } from '@xaigrid/graph';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createModelsAndDatasets, modelFingerprint, type ModelsAndDatasets } from '../src/index.js';

/** Logits of two classes from two channels of any length. */
function logitsModel(): Uint8Array {
  const builder = new GraphBuilder();
  const pooled = builder.node('GlobalMaxPool', [builder.input('x', 'float', [null, 2, null])]);
  builder.annotate(pooled, { type: 'float', shape: [null, 2, 1] });
  const weights = builder.constant(constantOf('float', [2, 2], [1, 2, 3, 4]));
  builder.output(builder.node('MatMul', [builder.node('Flatten', [pooled]), weights]));
  return writeOnnx(builder.build());
}

describe('a model that a task refers to', () => {
  const bytes = logitsModel();
  const file = { name: 'logits.onnx', sha256: sha256(bytes), size: bytes.length };
  const options = { inputShape: [5, 2] };
  let folder: string;
  let modelsAndDatasets: ModelsAndDatasets;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xaigrid-models-and-datasets-'));
    const path = join(folder, file.name);
    await writeFile(path, bytes);
    modelsAndDatasets = createModelsAndDatasets({ files: { pathOf: () => Promise.resolve(path) } });
  });

  afterAll(async () => {
    await modelsAndDatasets.close();
    await rm(folder, { recursive: true });
  });

  const reference = (fingerprint: string): ModelReference => ({
    ...{ name: 'm', format: 'onnx', files: [file], options, fingerprint },
  });

  it('is opened when what is executed is what the run was planned with', async () => {
    // Not the hash of the file alone: its Softmax and its size were added to it.
    const added = sha256(file.sha256, '{"ending":"softmax","inputShape":[5,2]}');
    const model = await modelsAndDatasets.model(reference(added));
    expect(modelFingerprint(model, [file], options)).toBe(added);
  });

  it('has another fingerprint where an earlier version computed it wrongly', async () => {
    const model = await modelsAndDatasets.model(reference(sha256(file.sha256, '{"ending":"softmax","inputShape":[5,2]}')));
    expect(modelFingerprint({ ...model, corrections: ['resizing'] }, [file], options)).toBe(
      sha256(file.sha256, '{"corrections":["resizing"],"ending":"softmax","inputShape":[5,2]}'),
    );
  });

  it('is another model with another of its outputs, and the same where saying it changes nothing', async () => {
    const model = await modelsAndDatasets.model(reference(sha256(file.sha256, '{"ending":"softmax","inputShape":[5,2]}')));
    const chosen = { ...model, output: { ...model.output, file: { ...model.output.file, name: 'head', byName: true } } };
    expect(modelFingerprint(chosen, [file], options)).toBe(
      sha256(file.sha256, '{"ending":"softmax","inputShape":[5,2],"output":"head"}'),
    );
    const said = { ...options, output: model.output.file.name };
    expect(modelFingerprint(model, [file], said)).toBe(modelFingerprint(model, [file], options));
  });

  it.each([
    ['another model', 'a'.repeat(64)],
    ['the file as it is', sha256(file.sha256)],
  ])('is refused when its fingerprint is that of %s', async (_what, fingerprint) => {
    await expect(modelsAndDatasets.model(reference(fingerprint))).rejects.toMatchObject({
      code: 'MODEL_CHANGED',
      message: expect.stringMatching(
        /^Model "m" has changed since the run was planned: its fingerprint is \w{12}, not \w{12}\./,
      ) as string,
    });
  });
});
