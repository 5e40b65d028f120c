import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { datasetKind } from '@xaigrid/datasets';
import { encodeNpy, type TypedArray } from '@xaigrid/tensor';
import golden from './goldens/files.json' with { type: 'json' };
import { expectRejection, openDataset, temporaryFolder } from './open-dataset.js';

const folder = temporaryFolder();

async function write(name: string, shape: readonly number[], data: TypedArray): Promise<string> {
  await writeFile(join(folder, name), encodeNpy({ shape, data }));
  return name;
}

const ramp = Float64Array.from({ length: 12 }, (_, i) => i / 4);
const open = (spec: Readonly<Record<string, unknown>> & { readonly kind: string }) => openDataset(spec, folder);

describe('npy', () => {
  it('converts to float32, adds a channel axis and reads rows in any order', async () => {
    const x = await write('x.npy', [4, 3], ramp);
    const y = await write('y.npy', [4], Int32Array.of(0, 2, 1, 0));
    const dataset = await open({ kind: 'npy', x, y, addChannel: true });
    expect(dataset.info).toMatchObject({ sampleShape: [3, 1], size: 4, classNames: ['0', '1', '2'] });
    expect(await dataset.read(1, 3)).toEqual({
      inputs: { shape: [2, 3, 1], data: Float32Array.from(ramp.subarray(3, 9)) },
      labels: Int32Array.of(2, 1),
    });
    const { inputs, labels } = await dataset.readAt(Int32Array.of(2, 3, 0));
    expect(inputs).toEqual({ shape: [3, 3, 1], data: Float32Array.from([...ramp.subarray(6, 12), ...ramp.subarray(0, 3)]) });
    expect(labels).toEqual(Int32Array.of(1, 0, 0));
    await expect(dataset.read(0, 5)).rejects.toThrow(RangeError);
    await dataset.close();
  });

  it('understands one-hot labels and names of classes', async () => {
    const x = await write('x.npy', [2, 6], ramp);
    const y = await write('hot.npy', [2, 3], Float32Array.of(0, 0, 1, 1, 0, 0));
    const dataset = await open({ kind: 'npy', x, y, classNames: ['tumour', 'stroma', 'debris'] });
    expect(dataset.info.classNames).toEqual(['tumour', 'stroma', 'debris']);
    expect((await dataset.read(0, 2)).labels).toEqual(Int32Array.of(2, 0));
    await dataset.close();
  });

  it('understands multi-hot labels as sets, of several classes or none', async () => {
    const x = await write('x.npy', [3, 4], ramp);
    const y = await write('sets.npy', [3, 3], Uint8Array.of(1, 0, 1, 0, 0, 0, 0, 1, 0));
    const dataset = await open({ kind: 'npy', x, y });
    expect(dataset.info).toMatchObject({ labelSets: true, classNames: ['0', '1', '2'] });
    const sets = [Int32Array.of(0, 2), Int32Array.of(), Int32Array.of(1)];
    expect(await dataset.read(0, 2)).toMatchObject({ labels: Int32Array.of(-1, -1), labelSets: sets.slice(0, 2) });
    expect(await dataset.readAt(Int32Array.of(2, 0))).toMatchObject({ labelSets: [sets[2], sets[0]] });
    await dataset.close();
  });

  it('takes one-hot labels for sets where it is told so, which is another data set', async () => {
    const x = await write('x.npy', [2, 6], ramp);
    const y = await write('hot.npy', [2, 3], Float32Array.of(0, 0, 1, 1, 0, 0));
    const [one, sets] = [await open({ kind: 'npy', x, y }), await open({ kind: 'npy', x, y, multiLabel: true })];
    expect(one.info.labelSets).toBeUndefined();
    expect((await sets.read(0, 2)).labelSets).toEqual([Int32Array.of(2), Int32Array.of(0)]);
    expect(sets.info.fingerprint).not.toBe(one.info.fingerprint);
    await Promise.all([one.close(), sets.close()]);
  });

  it('has a fingerprint of contents, not of places', async () => {
    const y = await write('y.npy', [4], Int32Array.of(0, 2, 1, 0));
    const fingerprint = async (spec: object) => {
      const dataset = await open({ kind: 'npy', y, ...spec });
      await dataset.close();
      return dataset.info.fingerprint;
    };
    const first = await fingerprint({ x: await write('a.npy', [4, 3], ramp) });
    expect(await fingerprint({ x: await write('b.npy', [4, 3], ramp) })).toBe(first);
    expect(await fingerprint({ x: 'a.npy', addChannel: true })).not.toBe(first);
    expect(
      await fingerprint({
        x: await write(
          'c.npy',
          [4, 3],
          ramp.map((value) => value + 1),
        ),
      }),
    ).not.toBe(first);
  });

  it('references its files by hash and keeps their places out of its parameters', async () => {
    const kind = datasetKind('npy');
    const params = kind.params.parse({ x: join(folder, 'x.npy'), y: 'y.npy' });
    const [x, y] = await kind.files(params, folder);
    expect(x).toMatchObject({
      name: 'x.npy',
      path: join(folder, 'x.npy'),
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    });
    expect(y).toMatchObject({ name: 'y.npy', path: join(folder, 'y.npy') });
    expect(JSON.stringify(kind.plannedParams(params))).not.toContain(folder);
  });

  it('says in one sentence what is wrong', async () => {
    const x = await write('x.npy', [4, 3], ramp);
    const y = await write('y.npy', [4], Int32Array.of(0, 2, 1, 0));
    const refused = (spec: object, message: RegExp) =>
      expectRejection(open({ kind: 'npy', x, y, ...spec }), 'DATASET_UNREADABLE', message);
    await refused({ x: 'none.npy' }, /none\.npy cannot be read: it does not exist\. Check the path/);
    await refused({ x: '.' }, /it is a folder/);
    await refused(
      { y: await write('short.npy', [3], Int32Array.of(0, 1, 2)) },
      /x\.npy has 4 samples, but short\.npy has 3 labels/,
    );
    await refused({ y: await write('half.npy', [4], Float32Array.of(0, 0.5, 1, 1)) }, /half\.npy has 0\.5 at position 1/);
    await refused({ y: await write('negative.npy', [4], Int32Array.of(0, -1, 1, 1)) }, /negative\.npy has label -1 at sample 1/);
    await refused({ classNames: ['a', 'b'] }, /y\.npy has label 2 at sample 1; labels are 0 … 1/);
    await refused(
      { y: await write('cold.npy', [4, 2], new Float32Array(8)), multiLabel: false },
      /cold\.npy has a row that is not one-hot at sample 0/,
    );
    await refused(
      { y: await write('warm.npy', [4, 2], Float32Array.of(1, 0, 0, 1, 0, 0.5, 1, 1)) },
      /warm\.npy has a row that is neither one-hot nor multi-hot at sample 2/,
    );
    await refused({ multiLabel: true }, /y\.npy has one label per sample; multiLabel: true needs multi-hot rows/);
    await refused({ y: await write('cube.npy', [1, 2, 2], new Float32Array(4)) }, /cube\.npy has shape \[1, 2, 2\]/);
    await refused({ x: await write('flat.npy', [4], new Float32Array(4)) }, /flat\.npy has shape \[4\], but needs samples/);
    await writeFile(join(folder, 'cut.npy'), encodeNpy({ shape: [4, 3], data: ramp }).subarray(0, 200));
    await refused({ x: 'cut.npy' }, /cut\.npy is truncated/);
    await writeFile(join(folder, 'text.npy'), 'x,y\n1,2\n3,4\n');
    await refused({ x: 'text.npy' }, /text\.npy is not a \.npy file: it is text; a table is read as a data set of kind: csv\./);
  });

  it('names the sample that has a value no model can be judged by', async () => {
    const x = await write('nan.npy', [4, 3], ramp.with(7, NaN));
    const y = await write('y.npy', [4], Int32Array.of(0, 2, 1, 0));
    const dataset = await open({ kind: 'npy', x, y });
    await expect(dataset.read(0, 2)).resolves.toBeDefined();
    await expectRejection(dataset.read(1, 4), 'DATASET_UNREADABLE', /nan\.npy has a value at sample 2 that is not a finite/);
    await dataset.close();
  });
});

describe('npz and pickle', () => {
  // { x: arange(12).reshape(4, 3), y: [0, 2, 1, 0], x_test: …, y_test: [1] } written by numpy: see make_goldens.py.
  const written = Promise.all(
    (['npz', 'pickle'] as const).map((kind) => writeFile(join(folder, `data.${kind}`), Buffer.from(golden[kind], 'base64'))),
  );

  it.each([
    ['npz', { kind: 'npz', path: 'data.npz' }],
    ['pickle', { kind: 'pickle', path: 'data.pickle', split: 'train' }],
  ])('reads the arrays x and y of a %s file', async (_, spec) => {
    await written;
    const dataset = await open(spec);
    expect(dataset.info).toMatchObject({ sampleShape: [3], size: 4, classNames: ['0', '1', '2'] });
    expect(await dataset.readAt(Int32Array.of(3, 1))).toEqual({
      inputs: { shape: [2, 3], data: Float32Array.of(9, 10, 11, 3, 4, 5) },
      labels: Int32Array.of(0, 2),
    });
    await dataset.close();
  });

  it.each([
    ['npz', { kind: 'npz', path: 'data.npz', x: 'x_test', y: 'y_test' }],
    ['pickle', { kind: 'pickle', path: 'data.pickle' }],
    ['pickle, by key', { kind: 'pickle', path: 'data.pickle', x: 'x_test', y: 'y_test', split: 'train' }],
  ])('reads other arrays: %s', async (_, spec) => {
    await written;
    const { inputs, labels } = await (await open(spec)).read(0, 1);
    expect({ inputs, labels }).toEqual({
      inputs: { shape: [1, 3], data: Float32Array.of(-1, -2, -3) },
      labels: Int32Array.of(1),
    });
  });

  it('says which arrays there are', async () => {
    await written;
    await expectRejection(
      open({ kind: 'npz', path: 'data.npz', x: 'X' }),
      'DATASET_UNREADABLE',
      /data\.npz has no array "X"; its arrays: x, y,/,
    );
    await expectRejection(
      open({ kind: 'pickle', path: 'data.pickle', x: 'X' }),
      'DATASET_UNREADABLE',
      /has no array "X"; its arrays: x, y, x_test/,
    );
  });

  it('refuses files of another format', async () => {
    await written;
    await expectRejection(
      open({ kind: 'npz', path: 'data.pickle' }),
      'DATASET_UNREADABLE',
      /data\.pickle is not a \.npz file: it is a pickle\./,
    );
    await expectRejection(open({ kind: 'pickle', path: 'data.npz' }), 'DATASET_UNREADABLE', /^data\.npz is /);
    await writeFile(join(folder, 'evil.pickle'), "cos\nsystem\n(S'true'\ntR.");
    await expectRejection(open({ kind: 'pickle', path: 'evil.pickle' }), 'DATASET_UNREADABLE', /needs os\.system/);
    await writeFile(join(folder, 'list.pickle'), '].');
    await expectRejection(open({ kind: 'pickle', path: 'list.pickle' }), 'DATASET_UNREADABLE', /is not a pickled dict of arrays/);
  });
});
