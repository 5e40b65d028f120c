import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { referenceOf, sha256, type DatasetReference, type ModelReference } from '@xaigrid/contracts';
import { datasetKind } from '@xaigrid/datasets';
import { constantOf, GraphBuilder, writeOnnx } from '@xaigrid/graph';
import { encodeNpy } from '@xaigrid/tensor';
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

describe('a data set that a task refers to', () => {
  const x = encodeNpy({ shape: [2, 3, 1], data: new Float32Array(6) });
  const y = encodeNpy({ shape: [2], data: Int32Array.of(0, 1) });
  const regions = { 'one.npy': Uint8Array.of(1, 0, 0, 0, 1, 0), 'two.npy': Uint8Array.of(0, 0, 1, 0, 1, 0) };
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xaigrid-models-and-datasets-'));
    await writeFile(join(folder, 'x.npy'), x);
    await writeFile(join(folder, 'y.npy'), y);
    for (const [name, data] of Object.entries(regions)) await writeFile(join(folder, name), encodeNpy({ shape: [2, 3], data }));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const cache = () => createModelsAndDatasets({ files: { pathOf: ({ name }) => Promise.resolve(join(folder, name)) } });

  async function referenceWith(name: keyof typeof regions): Promise<DatasetReference> {
    const kind = datasetKind('npy');
    const params = kind.params.parse({ x: 'x.npy', y: 'y.npy', regions: name });
    const files = await kind.files(params, folder);
    const dataset = await kind.open({ params, files, filePath: (file) => Promise.resolve(join(folder, file.name)) });
    const { fingerprint, regionsFingerprint = '' } = dataset.info;
    await dataset.close();
    return {
      ...{ name: 'd', kind: 'npy', params: { x: 'x.npy', y: 'y.npy', regions: name }, files: files.map(referenceOf) },
      ...{ fingerprint, size: 2, sampleShape: [3, 1], classNames: ['0', '1'], regions: true, regionsFingerprint },
    };
  }

  it('is another one with other regions, though its samples are the same', async () => {
    const [one, two] = [await referenceWith('one.npy'), await referenceWith('two.npy')];
    expect(two.fingerprint).toBe(one.fingerprint);
    const opened = cache();
    expect((await (await opened.dataset(one)).read(0, 2)).regions?.data).toEqual(Float32Array.from(regions['one.npy']));
    expect((await (await opened.dataset(two)).read(0, 2)).regions?.data).toEqual(Float32Array.from(regions['two.npy']));
    await opened.close();
  });

  it('is refused when its regions are not those that the run was planned with', async () => {
    const opened = cache();
    const planned = { ...(await referenceWith('one.npy')), regionsFingerprint: 'a'.repeat(64) };
    await expect(opened.dataset(planned)).rejects.toMatchObject({
      code: 'DATASET_CHANGED',
      message: expect.stringMatching(/^The set of regions of data set "d" has changed since the run was planned/) as string,
    });
    await opened.close();
  });
});

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
