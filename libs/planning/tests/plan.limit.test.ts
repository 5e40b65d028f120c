import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { choiceKey, mapSetKey, parseSpec, samplesInWords } from '@xaigrid/contracts';
import { encodeNpy } from '@xaigrid/tensor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planRun } from '../src/plan-run.js';
import { registries } from '../src/registries.js';

const model = fileURLToPath(new URL('../../../models/mnist1d-cnn/model.json', import.meta.url));
const SIZE = 30;

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xaigrid-limit-'));
  await mkdir(join(folder, 'data'));
  const write = (name: string, shape: number[], data: Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>) =>
    writeFile(join(folder, name), encodeNpy({ shape, data }));
  await write('x.npy', [SIZE, 40, 1], new Float32Array(SIZE * 40));
  // In the order of its classes, as a folder is: 20, 8 and 2 samples.
  await write(
    'y.npy',
    [SIZE],
    Int32Array.from({ length: SIZE }, (_, index) => (index < 20 ? 0 : index < 28 ? 1 : 2)),
  );
  await write('maps.npy', [10, 40], new Float32Array(10 * 40));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function plan(
  limit: unknown,
  { seed = 0, explainer = { method: 'gradient' } }: { readonly seed?: number; readonly explainer?: object } = {},
) {
  const text = JSON.stringify({
    ...{ name: 'limited', seed, ...(limit === undefined ? {} : { limit }) },
    datasets: { d: { kind: 'npy', x: 'x.npy', y: 'y.npy' } },
    models: { cnn: { path: model } },
    evaluations: [
      { dataset: 'd', model: 'cnn', explainers: [explainer], metrics: [{ metric: 'drop-increase', keepFractions: [0.3] }] },
    ],
  });
  const spec = parseSpec({ text, source: 'spec.json', registries, environment: {} });
  const planned = await planRun(spec, { baseFolder: folder });
  const [first] = planned.evaluations;
  if (first === undefined) throw new Error('no evaluation');
  const { plan: evaluation } = first;
  const indices = evaluation.chosen === undefined ? undefined : planned.choices.get(evaluation.chosen.sha256);
  return { ...planned, evaluation, indices: indices === undefined ? undefined : [...indices] };
}

const classOf = (index: number): number => (index < 20 ? 0 : index < 28 ? 1 : 2);
const shares = (indices: readonly number[] = []): number[] =>
  [0, 1, 2].map((c) => indices.filter((index) => classOf(index) === c).length);
const words = ({ evaluation }: Awaited<ReturnType<typeof plan>>): string =>
  samplesInWords({ ...evaluation, datasetSize: evaluation.dataset.size });

describe('limit', () => {
  it('takes classes in proportion, by the seed of the spec', async () => {
    const planned = await plan(15, { seed: 7 });
    expect(shares(planned.indices)).toEqual([10, 4, 1]);
    expect(planned.evaluation).toMatchObject({
      samples: 15,
      chosen: { choose: 'stratified', seed: 7, sha256: choiceKey(planned.indices ?? []) },
    });
    expect(words(planned)).toBe('15 of 30 samples: a random choice that keeps classes in proportion, seed 7');
    expect((await plan({ samples: 15, seed: 7 })).indices).toEqual(planned.indices);
    expect((await plan(15)).indices).not.toEqual(planned.indices);
    expect(planned.notes).toEqual([]);
  });

  it('makes the smaller choice a part of the larger, with the maps of both and of all under one key', async () => {
    const [small, large, all] = [await plan(5), await plan(15), await plan(undefined)];
    expect(large.indices).toEqual(expect.arrayContaining(small.indices ?? []));
    expect(new Set([small, large, all].map(({ evaluation }) => mapSetKey(evaluation))).size).toBe(1);
  });

  it('takes the first, and says which classes are left out', async () => {
    const planned = await plan({ samples: 15, choose: 'first' });
    expect(planned.indices).toBeUndefined();
    expect(words(planned)).toBe('the first 15 of 30 samples');
    expect(planned.notes).toEqual([
      'Data set "d": its first 15 samples have 1 of its 3 classes; metrics of the model are about these classes only. Set choose: stratified for samples of each class.',
    ]);
  });

  it('takes them at random, whatever their classes', async () => {
    const planned = await plan({ samples: 10, choose: 'random', seed: 3 });
    expect(planned.indices).toHaveLength(10);
    expect(words(planned)).toBe('10 of 30 samples: a random choice, seed 3');
  });

  it.each([30, 31, 1000])('is no limit for a set of 30: %i', async (limit) => {
    const planned = await plan(limit);
    expect(planned.evaluation.chosen).toBeUndefined();
    expect(words(planned)).toBe('30 samples');
  });

  it('asks for the stored maps of all that it takes', async () => {
    const explainer = { method: 'stored', path: 'maps.npy' };
    await expect(plan(10, { explainer })).rejects.toThrow(
      /maps\.npy holds 10 maps, none for sample 2\d\. .* limit: \{ samples: 10, choose: first \}/,
    );
    expect((await plan({ samples: 10, choose: 'first' }, { explainer })).evaluation.samples).toBe(10);
  });

  it('leaves backgrounds as they are', async () => {
    const explainer = { method: 'shap-gradient', draws: 2, background: { dataset: 'd', size: 6 } };
    const [limited, all] = [await plan(5, { explainer }), await plan(undefined, { explainer })];
    expect(limited.evaluation.explainer).toEqual(all.evaluation.explainer);
    expect(mapSetKey(limited.evaluation)).toBe(mapSetKey(all.evaluation));
  });

  it.each<[unknown, RegExp]>([
    ['many', /limit.*: expected .*whole number.*, not "many"/],
    [0, /limit.*: expected more than 0, not 0/],
    [{ samples: 5, choose: 'balanced' }, /limit\.choose.*: expected .*stratified.*, not "balanced"/],
    [{ sample: 5 }, /limit\.sample .*unknown key "sample"\. Did you mean "samples"\?/],
    [{ choose: 'first' }, /limit\.samples.*: is missing/],
  ])('refuses %j in words', async (limit, message) => {
    await expect(plan(limit)).rejects.toThrow(message);
  });
});
