import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeNpy } from '@xaigrid/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import golden from './goldens/tables.json' with { type: 'json' };
import { expectRejection, openDataset, temporaryFolder } from './open-dataset.js';

const folder = temporaryFolder();
const open = (spec: Readonly<Record<string, unknown>> & { readonly kind: string }) => openDataset(spec, folder);

async function write(name: string, content: string | Uint8Array): Promise<string> {
  await writeFile(join(folder, name), content);
  return name;
}

beforeAll(async () => {
  await write('x.npy', encodeNpy({ shape: [7, 3], data: Float32Array.from(golden.x) }));
  for (const name of ['unicode', 'bigEndian', 'column', 'bytes', 'objects'] as const)
    await write(`${name}.npy`, Buffer.from(golden[name], 'base64'));
  await write('named.npz', Buffer.from(golden.npz, 'base64'));
  await write('data.safetensors', Buffer.from(golden.safetensors, 'base64'));
  await write('data.csv', golden.csv);
  await write('data.pt', Buffer.from(golden.pytorch, 'base64'));
});

describe('labels that are names', () => {
  it.each([
    ['unicode', { kind: 'npy', x: 'x.npy', y: 'unicode.npy' }],
    ['big-endian unicode', { kind: 'npy', x: 'x.npy', y: 'bigEndian.npy' }],
    ['a column of unicode', { kind: 'npy', x: 'x.npy', y: 'column.npy' }],
    ['UTF-8 bytes', { kind: 'npy', x: 'x.npy', y: 'bytes.npy' }],
    ['in a .npz file', { kind: 'npz', path: 'named.npz' }],
    ['in a table', { kind: 'csv', path: 'data.csv' }],
  ])("are numbered in the order of numpy's unique, which is said: %s", async (_, spec) => {
    const dataset = await open(spec);
    expect(dataset.info.classNames).toEqual(golden.sorted);
    expect([...(await dataset.read(0, 7)).labels]).toEqual(golden.numbers);
    expect(dataset.info.notes?.join()).toContain(
      'classes are numbered in the order of the names: 0 = cat, 1 = dog, 2 = éclair, 3 = ﬁn, 4 = 😀. Set classNames',
    );
    await dataset.close();
  });

  it('are numbered as classNames has them, and then nothing is left to say', async () => {
    const dataset = await open({
      kind: 'npy',
      x: 'x.npy',
      y: 'unicode.npy',
      classNames: ['😀', 'dog', 'cat', 'ﬁn', 'éclair', 'cow'],
    });
    expect([...(await dataset.read(0, 7)).labels]).toEqual([4, 1, 2, 1, 3, 0, 2]);
    expect(dataset.info.classNames).toHaveLength(6);
    expect(dataset.info.notes).toBeUndefined();
    await dataset.close();
  });

  it('are part of the fingerprint with their order', async () => {
    const fingerprint = async (classNames?: string[]) =>
      (await open({ kind: 'npz', path: 'named.npz', ...(classNames === undefined ? {} : { classNames }) })).info.fingerprint;
    expect(await fingerprint([...golden.sorted])).toBe(await fingerprint());
    expect(await fingerprint(golden.sorted.toReversed())).not.toBe(await fingerprint());
  });

  it('are refused with one sentence', async () => {
    const refused = (spec: object, message: RegExp) =>
      expectRejection(open({ kind: 'npy', x: 'x.npy', y: 'unicode.npy', ...spec }), 'DATASET_UNREADABLE', message);
    await refused(
      { classNames: ['cat', 'dogs', 'éclair', 'ﬁn', '😀'] },
      /has label "dog" at sample 1, which is not among classNames\. Did you mean "dogs"\?$/,
    );
    await refused({ y: 'objects.npy' }, /holds Python objects \(dtype "\|O"\), .*numpy\.save\(file, array\.astype\(str\)\)\.$/);
    await refused({ x: 'unicode.npy' }, /unicode\.npy holds text \(dtype "<U6"\), where numbers are needed/);
  });
});

describe('safetensors', () => {
  it.each(Object.entries(golden.values))('reads %s as torch converts it to float32', async (x, values) => {
    const dataset = await open({ kind: 'safetensors', path: 'data.safetensors', x });
    expect(dataset.info).toMatchObject({ sampleShape: [3], size: 7, classNames: ['0', '1', '2'] });
    expect((await dataset.read(0, 7)).inputs.data).toEqual(Float32Array.from(values));
    await dataset.close();
  });

  it('takes booleans for one-hot labels', async () => {
    const dataset = await open({ kind: 'safetensors', path: 'data.safetensors', y: 'hot' });
    expect([...(await dataset.read(0, 7)).labels]).toEqual([0, 1, 2, 3, 4, 5, 6]);
    await dataset.close();
  });

  it('says in one sentence what is wrong', async () => {
    const refused = (spec: object, message: RegExp) =>
      expectRejection(open({ kind: 'safetensors', path: 'data.safetensors', ...spec }), 'DATASET_UNREADABLE', message);
    const whole = Buffer.from(golden.safetensors, 'base64');
    await refused({ x: 'X' }, /data\.safetensors has no tensor "X"; its tensors: .*bfloat16.*\.$/);
    await refused({ x: 'float8' }, /\(tensor "float8"\) has elements of dtype F8_E4M3; F16, BF16, F32/);
    await refused({ path: await write('cut.safetensors', whole.subarray(0, 100)) }, /is truncated: it ends inside its header/);
    await refused(
      { path: await write('short.safetensors', whole.subarray(0, 18 + Number(whole.readBigUInt64LE(0)))) },
      /is truncated: \d+ bytes of data/,
    );
    await refused({ path: await write('empty.safetensors', '') }, /is empty/);
    await refused({ path: 'named.npz' }, /is not a safetensors file: it is a \.npz archive/);
    const header = (text: string) =>
      Buffer.concat([Buffer.from(BigUint64Array.of(BigInt(text.length)).buffer), Buffer.from(text)]);
    await refused({ path: await write('text.safetensors', header('{not json')) }, /has a malformed header: it is no JSON/);
    await refused(
      { path: await write('shape.safetensors', header('{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}')) },
      /is malformed: its shape \[2\] needs 8 bytes, and 4 are its own/,
    );
    await refused(
      { path: await write('odd.safetensors', header('{"x":{"dtype":"F32","shape":[-2],"data_offsets":[0,4]}}')) },
      /its header does not say dtype, shape and data_offsets/,
    );
  });
});

describe('csv', () => {
  it('reads quoted cells, exponents and negative numbers as the library that wrote them', async () => {
    const dataset = await open({ kind: 'csv', path: 'data.csv' });
    const featureNames = ['first', 'second, in cm', 'the "third"'];
    expect(dataset.info).toMatchObject({ sampleShape: [3], featureNames, size: 7 });
    expect((await dataset.read(0, 7)).inputs.data).toEqual(Float32Array.from(golden.table));
    await dataset.close();
  });

  it('takes columns by name or position, in the order asked for, and puts them into a shape', async () => {
    await write('plain.csv', '\uFEFFa;b;label;c;d\r\n1;2;0;3;4\r\n\r\n5;6;1;7;8\r\n');
    const dataset = await open({
      ...{ kind: 'csv', path: 'plain.csv', label: 'label', columns: ['d', 0, 'b', 'c'], shape: [2, 2], addChannel: true },
    });
    expect(await dataset.read(0, 2)).toEqual({
      inputs: { shape: [2, 2, 2, 1], data: Float32Array.of(4, 1, 2, 3, 8, 5, 6, 7) },
      labels: Int32Array.of(0, 1),
    });
    expect(dataset.info.notes).toBeUndefined();
    // Values of an image have no names.
    expect(dataset.info.featureNames).toBeUndefined();
    await dataset.close();
  });

  it('reads a table without a header', async () => {
    const path = await write('bare.csv', '1,2,0\n3,4,1');
    expect((await (await open({ kind: 'csv', path, header: false })).read(0, 2)).inputs.data).toEqual(
      Float32Array.of(1, 2, 3, 4),
    );
  });

  it.each([
    ['1,2,0\n3,4,1\n', {}, /has numbers in its first line, .*Write header: false/],
    ['a,b,y\n1,2\n', {}, /has 2 cells in line 2 and 3 in line 1, separated by comma/],
    ['a,b,y\n1,,0\n', {}, /has nothing in line 2, column "b", where a number is needed\. Fill it in/],
    ['a,b,y\n1,"2\n3",0\n1,x,0\n', {}, /has "2\\n3" in line 2|has "2\n3" in line 2/],
    ['a,b,y\n1,nan,0\n', {}, /has "nan" in line 2, column "b"/],
    ['a,b,y\n1,2,0\n', { label: 'Y' }, /has no column "Y" \(label\)\. Did you mean "y"\?/],
    ['a,b,y\n1,2,0\n', { columns: ['a', 7] }, /has no column 7 \(columns\)\. Its columns: a, b, y\./],
    ['a,a,y\n1,2,0\n', { columns: ['a'] }, /has more than one column "a"; name it in columns by its position/],
    ['a,b,y\n', {}, /has names of columns, but no samples/],
    ['', {}, /is empty/],
    ['a,"b,y\n1,2,0\n', {}, /has a quote in line 1 that does not end/],
    ['a,"b"c,y\n1,2,0\n', {}, /has text behind a closing quote in line 1/],
    ['a\n1\n', {}, /has one column; a sample needs values and a label/],
  ])('refuses %j with %j', async (text, params, message) => {
    await expectRejection(open({ kind: 'csv', path: await write('bad.csv', text), ...params }), 'DATASET_UNREADABLE', message);
  });

  it('refuses a shape that the columns do not fill', async () => {
    await expectRejection(
      open({ kind: 'csv', path: 'data.csv', shape: [2, 2] }),
      'SHAPE_MISMATCH',
      /data\.csv has 3 values per sample, which do not make shape \[2, 2\]/,
    );
  });
});

it.each([
  [{ kind: 'npz', path: 'data.pt' }, /data\.pt is not a \.npz (?:file|archive): it is a PyTorch file; save its tensors/],
  [{ kind: 'npy', x: 'data.pt', y: 'unicode.npy' }, /it is a PyTorch file; save its tensors by numpy\.savez/],
  [{ kind: 'pickle', path: 'data.pt' }, /it is a PyTorch file; save its tensors by numpy\.savez/],
  [{ kind: 'csv', path: 'data.pt' }, /it is a PyTorch file; save its tensors by numpy\.savez/],
  [
    { kind: 'npy', x: 'data.csv', y: 'unicode.npy' },
    /is not a \.npy file: it is text; a table is read as a data set of kind: csv/,
  ],
  [{ kind: 'npy', x: 'named.npz', y: 'unicode.npy' }, /is not a \.npy file: it is a \.npz archive/],
  [{ kind: 'npy', x: 'hdf5.npy', y: 'unicode.npy' }, /it is an HDF5 file; save its arrays by numpy\.savez/],
])('a file of another format is called what it is: %j', async (spec, message) => {
  await write('hdf5.npy', Buffer.from('894844460d0a1a0a00000000000000000000', 'hex'));
  await expectRejection(open(spec), 'DATASET_UNREADABLE', message);
});
