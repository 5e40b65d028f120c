import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canonicalJson, parseSpec, sha256 } from '@xaigrid/contracts';
import { datasetKind } from '@xaigrid/datasets';
import { constantOf, GraphBuilder, ints, writeOnnx } from '@xaigrid/graph';
import { encodeNpy } from '@xaigrid/tensor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planRun } from '../src/plan-run.js';
import { registries } from '../src/registries.js';

let folder = '';

/** 6×6 pixels of one colour. */
const PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAYAAAAGCAIAAABvrngfAAAACXBIWXMAAAPoAAAD6AG1e1JrAAAAEUlEQVQImWMQMglDQwy0FQIA2Y4V8YQBI5sAAAAASUVORK5CYII=';

/** A convolution over an input of `shape`, channels first, or last and then transposed as Keras's exports do. */
function model(shape: readonly number[], last: boolean): Uint8Array {
  const builder = new GraphBuilder();
  const x = builder.input('x', 'float', [null, ...shape]);
  const first = last ? builder.node('Transpose', [x], { perm: ints([0, 3, 1, 2]) }) : x;
  const channels = (last ? shape.at(-1) : shape[0]) ?? 1;
  const kernel = builder.constant(
    constantOf(
      'float',
      [2, channels, 1, 1],
      Array.from({ length: 2 * channels }, (_, i) => i),
    ),
  );
  builder.output(builder.node('Flatten', [builder.node('GlobalAveragePool', [builder.node('Conv', [first, kernel])])]));
  return writeOnnx(builder.build());
}

/** [2, …shape], value i at place i. */
const ramp = (...shape: number[]) => ({
  shape: [2, ...shape],
  data: Float32Array.from({ length: 2 * shape.reduce((a, b) => a * b) }, (_, i) => i),
});

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xaigrid-layouts-'));
  await writeFile(join(folder, 'pytorch.onnx'), model([3, 4, 5], false));
  await writeFile(join(folder, 'keras.onnx'), model([4, 5, 3], true));
  await writeFile(join(folder, 'grey.onnx'), model([1, 4, 5], false));
  await writeFile(join(folder, 'square.onnx'), model([3, 4, 4], false));
  await writeFile(join(folder, 'cube.onnx'), model([3, 3, 3], false));
  await writeFile(join(folder, 'y.npy'), encodeNpy({ shape: [2], data: Int32Array.of(0, 1) }));
  const arrays = {
    first: ramp(3, 4, 5),
    last: ramp(4, 5, 3),
    flat: ramp(4, 5),
    cube: ramp(3, 3, 3),
    other: ramp(7, 5, 3),
    between: ramp(4, 3, 5),
    mixed: ramp(4, 3, 4),
  };
  for (const [name, array] of Object.entries(arrays)) await writeFile(join(folder, `${name}.npy`), encodeNpy(array));
  await mkdir(join(folder, 'images/a'), { recursive: true });
  await writeFile(join(folder, 'images/a/1.png'), Buffer.from(PNG, 'base64'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const npy = (x: string, more: object = {}) => ({ kind: 'npy', x: `${x}.npy`, y: 'y.npy', ...more });

async function plan(dataset: object, path: string, more: object = {}) {
  const spec = {
    name: 'layouts',
    datasets: { d: dataset },
    models: { m: { path: `${path}.onnx`, ...more } },
    evaluations: [
      {
        ...{ dataset: 'd', model: 'm', metrics: [{ metric: 'drop-increase', keepFractions: [0.5] }] },
        explainers: [{ method: 'gradient' }],
      },
    ],
  };
  const text = JSON.stringify(spec);
  return planRun(parseSpec({ text, source: 'spec', registries, environment: {} }), { baseFolder: folder });
}

/** What a worker that opens the planned data set reads. */
async function firstSample(planned: Awaited<ReturnType<typeof plan>>): Promise<number[]> {
  const reference = planned.evaluations[0]?.plan.dataset;
  if (reference === undefined) throw new Error('Nothing was planned.');
  const kind = datasetKind(reference.kind);
  const { files } = reference;
  const params = kind.params.parse(reference.params);
  const dataset = await kind.open({ params, files, filePath: (file) => Promise.resolve(file.path ?? '') });
  expect(dataset.info.fingerprint).toBe(reference.fingerprint);
  const { inputs } = await dataset.read(0, 1);
  await dataset.close();
  return [...inputs.data];
}

/** `numpy.moveaxis(arange(60).reshape(3, 4, 5), 0, -1).ravel()` */
const moved = Array.from({ length: 60 }, (_, i) => (i % 3) * 20 + Math.floor(i / 3));
const straight = Array.from({ length: 60 }, (_, i) => i);

describe('channels first and last', () => {
  it.each(['pytorch', 'keras'])('samples are brought to what the model takes, and the plan says how: %s', async (path) => {
    const first = await plan(npy('first'), path);
    expect(first.notes).toContainEqual(
      expect.stringMatching(/^Data set "d": samples of 3×4×5 are read as channels first, because/),
    );
    expect(await firstSample(first)).toEqual(moved);
    const last = await plan(npy('last'), path);
    expect(last.notes.filter((note) => note.startsWith('Data set'))).toEqual([]);
    expect(await firstSample(last)).toEqual(straight);
    expect(last.notes.some((note) => note.startsWith('Model "m" has the channels of its input last: Conv'))).toBe(
      path === 'keras',
    );
  });

  it('are the same set, whether found out or said; as they lie they are the set they always were', async () => {
    const print = async (dataset: object) => (await plan(dataset, 'pytorch')).evaluations[0]?.plan.dataset.fingerprint;
    expect(await print(npy('first'))).toBe(await print(npy('first', { layout: 'channels-first' })));
    expect(await print(npy('last'))).toBe(await print(npy('last', { layout: 'channels-last' })));
    // What maps were stored under before there were layouts.
    const files = await Promise.all(['last.npy', 'y.npy'].map(async (name) => sha256(await readFile(join(folder, name)))));
    const params = { addChannel: false, classNames: ['0', '1'] };
    expect(await print(npy('last'))).toBe(sha256(canonicalJson({ kind: 'npy', params, files })));
  });

  it('are said where they cannot be told', async () => {
    const { notes } = await plan(npy('cube'), 'cube');
    expect(notes).toContainEqual(
      expect.stringContaining('samples of 3×3×3 may have their channels first or last; channels last is assumed'),
    );
    expect((await plan(npy('cube', { layout: 'channels-last' }), 'cube')).notes).toEqual([]);
  });

  it('of a background fit the model too', async () => {
    const spec = {
      name: 'background',
      datasets: { d: npy('last'), b: npy('first') },
      models: { m: { path: 'pytorch.onnx' } },
      evaluations: [
        {
          ...{ dataset: 'd', model: 'm', metrics: [{ metric: 'drop-increase', keepFractions: [0.5] }] },
          explainers: [{ method: 'shap-gradient', background: { dataset: 'b' } }],
        },
      ],
    };
    const text = JSON.stringify(spec);
    const planned = await planRun(parseSpec({ text, source: 'spec', registries, environment: {} }), { baseFolder: folder });
    expect(planned.evaluations[0]?.plan.explainer.background?.dataset).toMatchObject({
      sampleShape: [4, 5, 3],
      params: { layout: 'channels-first' },
    });
  });
});

it('no layout is proposed for a model that a convolution contradicts', async () => {
  // As channels last the file's [3, 4, 4] is samples of 4×3×4: so the set of 4×3×4 would pass, its axes mixed up.
  await expect(plan(npy('mixed'), 'square')).rejects.toMatchObject({
    code: 'SHAPE_MISMATCH',
    message: expect.not.stringContaining('layout:') as string,
  });
  await expect(plan(npy('mixed'), 'square')).rejects.toThrow(
    /The model's Conv \(node "\S+"\) takes 3 channels, and axis 2 of the array/,
  );
});

describe('samples that do not fit the model are told the option that would make them', () => {
  it.each([
    [npy('flat'), 'grey', {}, 'They would fit with addChannel: true in the data set.'],
    [npy('first', { layout: 'channels-last' }), 'pytorch', {}, 'They would fit with layout: channels-first in the data set.'],
    [npy('last', { layout: 'channels-first' }), 'pytorch', {}, 'They would fit with layout: channels-last in the data set.'],
    [
      { kind: 'image-folder', path: 'images', size: [4, 5] },
      'keras',
      { layout: 'channels-first' },
      'They would fit with layout: channels-last in the model.',
    ],
    [npy('between'), 'pytorch', {}, 'takes 3 channels, and axis 2 of the array [n, 4, 3, 5] seems to hold them'],
    [npy('between'), 'pytorch', {}, 'Make it [n, 4, 5, 3]: in NumPy x = np.moveaxis(x, 2, -1).'],
    [npy('other'), 'pytorch', {}, "No option of the data set's kind, npy, makes them equal"],
    [{ kind: 'image-folder', path: 'images' }, 'pytorch', {}, 'They would fit with size: [4, 5] in the data set.'],
    [{ kind: 'image-folder', path: 'images' }, 'grey', {}, 'They would fit with size: [4, 5] and colour: grey in the data set.'],
  ])('%j %s %j', async (dataset, path, more, sentence) => {
    await expect(plan(dataset, path, more)).rejects.toMatchObject({
      code: 'SHAPE_MISMATCH',
      message: expect.stringContaining(sentence) as string,
    });
  });
});
