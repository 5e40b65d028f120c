import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import { encodeNpz } from '@xaigrid/tensor';
import { describe, expect, it } from 'vitest';
import { datasetKind, type SampleBatch } from '@xaigrid/datasets';
import { expectRejection, openDataset, temporaryFolder } from './open-dataset.js';

const kind = 'mosaic';
const folder = temporaryFolder();

/** Images of 2 × 3, one channel, in which every value is the sample's index; classes by the labels that are given. */
function imagesOf(name: string, labels: readonly number[], shape: readonly number[] = [2, 3, 1]): string {
  const stride = shape.reduce((product, extent) => product * extent, 1);
  const x = Float32Array.from({ length: labels.length * stride }, (_, at) => Math.floor(at / stride));
  const path = join(folder, name);
  writeFileSync(
    path,
    encodeNpz({ x: { shape: [labels.length, ...shape], data: x }, y: { shape: [labels.length], data: Int32Array.from(labels) } }),
  );
  return path;
}

/** The samples of the tiles of each mosaic, which all their values tell, and the tiles that are in the region. */
function tilesOf({ inputs, regions, labels }: SampleBatch) {
  const [count = 0, height = 0, width = 0] = inputs.shape;
  return Array.from({ length: count }, (_, row) => {
    const quadrants = [0, 1, 2, 3].map((tile) => {
      const places = Array.from({ length: (height * width) / 4 }, (__, at) => {
        const y = (tile >> 1) * (height / 2) + Math.floor(at / (width / 2));
        return (row * height + y) * width + (tile & 1) * (width / 2) + (at % (width / 2));
      });
      return {
        samples: new Set(places.map((place) => inputs.data[place] ?? NaN)),
        inside: new Set(places.map((place) => regions?.data[place] ?? NaN)),
      };
    });
    for (const { samples, inside } of quadrants) expect([samples.size, inside.size]).toEqual([1, 1]);
    return {
      label: labels[row],
      samples: quadrants.map(({ samples }) => [...samples][0] ?? NaN),
      shown: quadrants.map(({ inside }) => [...inside][0] === 1),
    };
  });
}

describe('mosaic', () => {
  const labels = [0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1];
  const of = { kind: 'npz', path: imagesOf('three.npz', labels) };

  it('puts two samples of a class and two of others together, and has the tiles of the class for a region', async () => {
    const dataset = await openDataset({ kind, of, size: 300 });
    expect(dataset.info).toMatchObject({ sampleShape: [4, 6, 1], size: 300, regions: true });
    const mosaics = tilesOf(await dataset.read(0, 300));
    for (const [index, { label, samples, shown }] of mosaics.entries()) {
      expect(label).toBe(index % 3);
      expect(samples.map((sample) => labels[sample] === label)).toEqual(shown);
      expect(shown.filter(Boolean)).toHaveLength(2);
      expect(new Set(samples).size).toBe(4);
    }
    expect([...(dataset.labels() ?? [])]).toEqual(mosaics.map(({ label }) => label));
    // All six ways to place the class, and every sample.
    expect(new Set(mosaics.map(({ shown }) => shown.join())).size).toBe(6);
    expect(new Set(mosaics.flatMap(({ samples }) => samples)).size).toBe(labels.length);
  });

  it('takes the others evenly of the other classes, whatever their sizes', async () => {
    const uneven = imagesOf('uneven.npz', [0, 0, 1, ...Array.from({ length: 40 }, () => 2)]);
    const mosaics = tilesOf(await (await openDataset({ kind, of: { kind: 'npz', path: uneven }, size: 3000 })).read(0, 3000));
    const others = mosaics
      .filter(({ label }) => label === 0)
      .flatMap(({ samples, shown }) => samples.filter((_, at) => shown[at] === false));
    expect(others).toHaveLength(2000);
    // One of class 1 once a mosaic at most, as there is one only. Of two draws, of which the second is drawn again if both are that one: it is taken with a probability of about
    // ½ + ½·½ = 0.75 a mosaic, within 5 standard errors of 1000 mosaics.
    const single = others.filter((sample) => sample === 2).length / 1000;
    expect(Math.abs(single - 0.75)).toBeLessThan(5 * Math.sqrt((0.75 * 0.25) / 1000));
  });

  it('shows a sample twice where its class has no other', async () => {
    const two = { kind: 'npz', path: imagesOf('two.npz', [0, 1]) };
    const mosaics = tilesOf(await (await openDataset({ kind, of: two, size: 4 })).read(0, 4));
    expect(mosaics.map(({ samples }) => [...samples].sort())).toEqual(Array.from({ length: 4 }, () => [0, 0, 1, 1]));
  });

  it('leaves out classes that have no samples', async () => {
    const gap = { kind: 'npz', path: imagesOf('gap.npz', [0, 0, 3, 3]), classNames: ['a', 'b', 'c', 'd'] };
    const dataset = await openDataset({ kind, of: gap, size: 4 });
    expect([...(dataset.labels() ?? [])]).toEqual([0, 3, 0, 3]);
    expect(dataset.info.classNames).toEqual(['a', 'b', 'c', 'd']);
  });

  it('draws a mosaic from its seed, the other set and its index alone: a larger set begins with the smaller one', async () => {
    const small = await openDataset({ kind, of, size: 10 });
    const large = await openDataset({ kind, of, size: 1000 });
    const ten = await small.read(0, 10);
    expect(await large.read(0, 10)).toEqual(ten);
    const picked = await large.readAt(Int32Array.of(700, 4));
    expect(picked.inputs.data.subarray(24)).toEqual(ten.inputs.data.subarray(4 * 24, 5 * 24));
    expect(picked.regions?.data.subarray(24)).toEqual(ten.regions?.data.subarray(4 * 24, 5 * 24));
    const other = await openDataset({ kind, of, size: 10, seed: 1 });
    expect((await other.read(0, 10)).inputs.data).not.toEqual(ten.inputs.data);
    await expect(small.read(0, 11)).rejects.toThrow(RangeError);
  });

  it('has a fingerprint that tells what is in it apart', async () => {
    const fingerprint = async (more: object) => (await openDataset({ kind, of, size: 10, ...more })).info.fingerprint;
    const others = { ...of, path: imagesOf('others.npz', [...labels].reverse()) };
    const all = await Promise.all([{}, {}, { seed: 1 }, { size: 11 }, { of: others }].map(fingerprint));
    expect(new Set(all).size).toBe(4);
  });

  it('has the channels of its tiles, whole images of texture-patches', async () => {
    const patches = { kind: 'texture-patches', imageSize: 32, patchSize: [8, 16], size: 40 };
    const mosaic = await (await openDataset({ kind, of: patches, size: 1 })).read(0, 1);
    expect(mosaic.inputs.shape).toEqual([1, 64, 64, 3]);
    const tiles = await (await openDataset(patches)).read(0, 40);
    const rowOfTile = (at: number) => [...tiles.inputs.data.subarray(at * 32 * 32 * 3, at * 32 * 32 * 3 + 96)].join();
    const firsts = new Set(Array.from({ length: 40 }, (_, at) => rowOfTile(at)));
    for (const from of [0, 96, 32 * 192, 32 * 192 + 96])
      expect(firsts.has([...mosaic.inputs.data.subarray(from, from + 96)].join())).toBe(true);
  });

  it('says which tiles would fit a model', () => {
    const mosaics = datasetKind(kind);
    const params = mosaics.params.parse({ of: { kind: 'texture-patches' } });
    const options = (wanted: readonly number[]) => mosaics.optionsFor?.(params, { found: [128, 128, 3], wanted });
    expect(options([64, 64, 3])).toEqual(['of: { imageSize: 32 }']);
    expect(options([65, 65, 3])).toEqual([]);
    expect(options([64, 64, 1])).toEqual([]);
  });

  it('says that its tiles have their channels first, and takes them so', async () => {
    const mosaics = datasetKind(kind);
    const path = imagesOf('first.npz', labels, [3, 4, 5]);
    const shapes = { found: (await openDataset({ kind, of: { kind: 'npz', path } })).info.sampleShape, wanted: [8, 10, 3] };
    expect(mosaics.optionsFor?.(mosaics.params.parse({ of: { kind: 'npz', path } }), shapes)).toEqual([
      'of: { layout: channels-first }',
    ]);
    const dataset = await openDataset({ kind, of: { kind: 'npz', path, layout: 'channels-first' } });
    expect(dataset.info.sampleShape).toEqual(shapes.wanted);
  });

  it.each([
    [{}, /"path":\["of"\]/],
    [{ of: { kind: 'texture-patches', imageSise: 32 } }, /imageSise/],
    [{ of: { kind: 'texture-patches', imageSize: 4 } }, /"path":\["of","imageSize"\]/],
    [{ of: { kind: 'mosaic', of: { kind: 'texture-patches' } } }, /"path":\["of","kind"\]/],
    [{ of: { kind: 'texture-patches' }, size: 0 }, /"path":\["size"\]/],
  ])('refuses %j', (entry, message) => {
    expect(JSON.stringify(datasetKind(kind).params.safeParse(entry).error?.issues)).toMatch(message);
  });

  it('refuses samples that are no images, have sets of labels, or are of one class', async () => {
    await expectRejection(openDataset({ kind, of: { kind: 'mnist1d' } }), 'SPEC_INVALID', /kind mnist1d are \[40, 1\]/);
    const one = { kind: 'npz', path: imagesOf('one.npz', [1, 1]), classNames: ['a', 'b'] };
    await expectRejection(openDataset({ kind, of: one }), 'SPEC_INVALID', /kind npz are all of one/);
    const path = join(folder, 'sets.npz');
    const sets = { x: { shape: [2, 2, 2, 1], data: new Float32Array(8) }, y: { shape: [2, 2], data: Int32Array.of(1, 0, 1, 1) } };
    writeFileSync(path, encodeNpz(sets));
    await expectRejection(openDataset({ kind, of: { kind: 'npz', path } }), 'SPEC_INVALID', /sets of labels/);
  });
});
