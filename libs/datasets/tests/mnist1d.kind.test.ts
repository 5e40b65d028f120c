import { join } from 'node:path';
import { momentsOf, populationVariance } from '@xaigrid/tensor';
import { describe, expect, it } from 'vitest';
import { datasetKind } from '@xaigrid/datasets';
import golden from './goldens/mnist1d.json' with { type: 'json' };
import { openDataset } from './open-dataset.js';

const { REPORT_INPUTS } = process.env;
const small = { kind: 'mnist1d', samplesPerClass: 10 };

describe('mnist1d', () => {
  it('is the test split unless told otherwise, as float32 with a channel axis', async () => {
    const dataset = await openDataset({ kind: 'mnist1d' });
    expect(dataset.info).toMatchObject({
      sampleShape: [40, 1],
      size: 1000,
      classNames: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
    });
    const { inputs, labels } = await dataset.read(0, 1);
    expect(inputs).toEqual({ shape: [1, 40, 1], data: Float32Array.from(golden.published.values[3] ?? []) });
    expect(labels).toEqual(Int32Array.of(golden.published.labels[3] ?? -1));
  });

  it('splits one set: train first, then test, nothing twice', async () => {
    const test = await openDataset({ ...small, split: 'test', trainFraction: 0.75 });
    const train = await openDataset({ ...small, split: 'train', trainFraction: 0.75 });
    expect([train.info.size, test.info.size]).toEqual([75, 25]);
    const all = await openDataset({ ...small, split: 'train', trainFraction: 1 });
    const joined = [...(await train.read(0, 75)).inputs.data, ...(await test.read(0, 25)).inputs.data];
    expect(joined).toEqual([...(await all.read(0, 100)).inputs.data]);
  });

  it('has a fingerprint that tells splits, seeds and parameters apart and stays the same otherwise', async () => {
    const fingerprint = async (more: object) => (await openDataset({ ...small, ...more })).info.fingerprint;
    const first = await fingerprint({});
    expect(await fingerprint({})).toBe(first);
    expect(await fingerprint({ seed: 42, split: 'test', shear: 0.75 })).toBe(first);
    const others = await Promise.all(
      [{ seed: 43 }, { split: 'train' }, { shear: 0.7 }, { samplesPerClass: 11 }].map(fingerprint),
    );
    expect(new Set([first, ...others]).size).toBe(5);
  });

  it('reads ranges and single samples, each as a copy', async () => {
    const dataset = await openDataset(small);
    const all = await dataset.read(0, 20);
    const some = await dataset.readAt(Int32Array.of(7, 0, 7));
    expect(some.inputs.shape).toEqual([3, 40, 1]);
    expect(some.inputs.data.subarray(0, 40)).toEqual(all.inputs.data.subarray(280, 320));
    expect([...some.labels]).toEqual([all.labels[7], all.labels[0], all.labels[7]]);
    all.inputs.data.fill(0);
    some.inputs.data.fill(0);
    expect((await dataset.read(7, 8)).inputs.data.some((value) => value !== 0)).toBe(true);
    expect(() => dataset.read(0, 21)).toThrow(RangeError);
    expect(() => dataset.readAt(Int32Array.of(-1))).toThrow(RangeError);
  });

  it.each([
    [{ splitt: 'test' }, /splitt/],
    [{ split: 'validation' }, /split/],
    [{ seed: -1 }, /seed/],
    [{ padding: [9, 3] }, /least padding is larger/],
    [{ maxTranslation: 73 }, /must be at most 72/],
    [{ trainFraction: 1 }, /leaves the test split empty/],
    [{ samplesPerClass: 100_000 }, /at most 20000000 are generated/],
  ])('refuses %j', (entry, message) => {
    const result = datasetKind('mnist1d').params.safeParse(entry);
    expect(JSON.stringify(result.error?.issues)).toMatch(message);
  });

  it('knows the templates its samples are made from', () => {
    const kind = datasetKind('mnist1d');
    const templates = kind.classTemplates?.(kind.params.parse({})) ?? [];
    expect(templates).toHaveLength(10);
    for (const template of templates) {
      expect(template[0]).toBe(0);
      // Deviation 1, divided by 6.
      expect(Math.sqrt(populationVariance(momentsOf(Float64Array.from(template)))) * 6).toBeCloseTo(1, 12);
    }
  });

  it.skipIf(REPORT_INPUTS === undefined)('has the same float32 samples as MNIST1D.pkl', async () => {
    for (const split of ['train', 'test']) {
      const generated = await openDataset({ kind: 'mnist1d', split });
      const published = await openDataset(
        { kind: 'pickle', path: 'MNIST1D.pkl', split, addChannel: true },
        join(REPORT_INPUTS ?? ''),
      );
      const { size } = generated.info;
      expect(published.info).toEqual({ ...generated.info, fingerprint: published.info.fingerprint });
      expect(await generated.read(0, size)).toEqual(await published.read(0, size));
    }
  });
});
