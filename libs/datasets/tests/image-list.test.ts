import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { datasetKind, type Dataset } from '@xaigrid/datasets';
import { describe, expect, it } from 'vitest';
import golden from './goldens/image-list.json' with { type: 'json' };
import { expectRejection, openFromStore, temporaryFolder } from './open-dataset.js';

const root = temporaryFolder();
const kind = datasetKind('image-list');
const { colours, images, files } = golden;
const png = (at: number): Buffer => Buffer.from(images[at] ?? '', 'base64');

let count = 0;
/** A folder with these files; a number is an image of the golden. */
function folderOf(content: Readonly<Record<string, Uint8Array | string | number>>): string {
  const folder = join(root, String((count += 1)));
  for (const [name, one] of Object.entries(content)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), typeof one === 'number' ? png(one) : one);
  }
  return folder;
}

const open = (baseFolder: string, entry: Readonly<Record<string, unknown>>, sees = true): Promise<Dataset> =>
  openFromStore({ kind: 'image-list', divide: 1, ...entry }, { baseFolder, store: join(root, `store-${(count += 1)}`), sees });

const plan = (baseFolder: string, entry: Readonly<Record<string, unknown>>, onProgress?: (done: number, total: number) => void) =>
  kind.files(kind.params.parse(entry), baseFolder, onProgress);

/** The colours of all samples, which are of one colour each, and their labels. */
async function contentOf(dataset: Dataset) {
  const { inputs, labels } = await dataset.read(0, dataset.info.size);
  const stride = 3 * 4 * 3;
  const first = Array.from({ length: dataset.info.size }, (_, at) => [...inputs.data.subarray(at * stride, at * stride + 3)]);
  return { colours: first, labels: [...labels] };
}

const refused = (folder: string, entry: Readonly<Record<string, unknown>>, message: RegExp) =>
  expectRejection(plan(folder, entry), 'DATASET_UNREADABLE', message);

const three = { 'a/x.png': 0, 'b/y.png': 1, 'b/z.png': 2 };
const csv = 'image,label\nb/y.png,cold\na/x.png,warm\nb/z.png,cold\n';

describe('an image list', () => {
  it.each([
    ['set.csv', csv],
    ['set.tsv', csv.replaceAll(',', '\t')],
    [
      'set.jsonl',
      csv
        .trim()
        .split('\n')
        .slice(1)
        .map((line) => JSON.stringify({ label: line.split(',')[1], image: line.split(',')[0] }))
        .join('\n'),
    ],
  ])('has the images and labels of its rows, in their order: %s', async (path, text) => {
    const dataset = await open(folderOf({ ...three, [path]: text }), { path });
    expect(dataset.info).toMatchObject({ sampleShape: [3, 4, 3], classNames: ['cold', 'warm'], size: 3 });
    expect(await contentOf(dataset)).toEqual({ colours: [colours[1], colours[0], colours[2]], labels: [0, 1, 0] });
  });

  it('says in which order names are numbered', async () => {
    const [listing] = await plan(folderOf({ ...three, 'set.csv': csv }), { path: 'set.csv' });
    expect(listing?.note).toBe(
      'Column "label" has names as labels; classes are numbered in the order of the names: 0 = cold, 1 = warm. Set classNames if the model has another order.',
    );
  });

  it('is the data set that a folder of these images in this order is', async () => {
    const folder = folderOf({ ...three, 'set.csv': 'image,label\na/x.png,a\nb/y.png,b\nb/z.png,b\n' });
    const list = await open(folder, { path: 'set.csv' });
    const inFolders = folderOf(three);
    const store = join(root, 'store-folder');
    const same = await openFromStore({ kind: 'image-folder', path: inFolders, divide: 1 }, { store });
    expect(list.info.fingerprint).toBe(same.info.fingerprint);
    expect((await open(folder, { path: 'set.csv', classNames: ['b', 'a'] })).info.fingerprint).not.toBe(same.info.fingerprint);
  });

  it.each(['snappy', 'gzip', 'zstd', 'brotli', 'lz4', 'none'] as const)(
    'reads the bytes and class names of a Parquet file of Hugging Face, compressed by %s',
    async (compression) => {
      const folder = folderOf({ 'set.parquet': Buffer.from(files[compression], 'base64') });
      for (const sees of [true, false]) {
        const dataset = await open(folder, { path: 'set.parquet', id: 'key' }, sees);
        expect(dataset.info.classNames).toEqual(['warm', 'cold']);
        expect(await contentOf(dataset)).toEqual({ colours, labels: [0, 1, 1, 0, 1] });
      }
    },
  );

  it('reads a column of bytes, and the rows of one split', async () => {
    const folder = folderOf({
      'bytes.parquet': Buffer.from(files.bytes, 'base64'),
      'set.parquet': Buffer.from(files.snappy, 'base64'),
    });
    const plain = await open(folder, { path: 'bytes.parquet' });
    expect(plain.info.classNames).toEqual(['x', 'y']);
    const split = { column: 'split', take: 'test' };
    for (const sees of [true, false]) {
      const dataset = await open(folder, { path: 'set.parquet', split }, sees);
      expect(await contentOf(dataset)).toEqual({ colours: [colours[1], colours[2], colours[4]], labels: [1, 1, 1] });
    }
    await refused(
      folder,
      { path: 'set.parquet', split: { column: 'split', take: 'Test' } },
      /set\.parquet has no row with "Test" in column "split"; it has "train", "test"\.$/,
    );
  });

  it('that changed where it was planned is read from the store', async () => {
    const folder = folderOf({ 'set.parquet': Buffer.from(files.snappy, 'base64') });
    const dataset = await open(folder, { path: 'set.parquet' });
    writeFileSync(join(folder, 'set.parquet'), Buffer.from(files.bytes, 'base64').subarray(0, 100));
    expect((await contentOf(dataset)).colours).toEqual(colours);
  });

  it.each([
    ['names.txt', 'warm\ncold\n'],
    ['names.json', '["warm", "cold"]'],
    ['numbers.json', '{"cold": 1, "warm": 0}'],
    ['by-number.json', '{"1": "cold", "0": "warm"}'],
  ])('takes the order of classes from a file: %s', async (name, text) => {
    const dataset = await open(folderOf({ ...three, 'set.csv': csv, [name]: text }), { path: 'set.csv', classNames: name });
    expect(dataset.info.classNames).toEqual(['warm', 'cold']);
    expect((await contentOf(dataset)).labels).toEqual([1, 0, 1]);
  });

  it('finds images in another folder, and takes numbers as classes', async () => {
    const folder = folderOf({ 'data/x.png': 0, 'data/y.png': 2, 'lists/set.csv': 'file,class\nx.png,2\ny.png,0\n' });
    const dataset = await open(folder, { path: 'lists/set.csv', image: 'file', label: 'class', images: 'data' });
    expect(dataset.info.classNames).toEqual(['0', '1', '2']);
    expect(await contentOf(dataset)).toEqual({ colours: [colours[0], colours[2]], labels: [2, 0] });
  });

  it('has the regions of its images', async () => {
    const folder = folderOf({
      ...three,
      'set.csv': csv,
      'boxes.json': JSON.stringify({
        images: [{ id: 1, file_name: 'b/y.png', height: 3, width: 4 }],
        categories: [{ id: 7, name: 'cold' }],
        annotations: [{ id: 1, image_id: 1, category_id: 7, bbox: [0, 0, 2, 1] }],
      }),
    });
    const dataset = await open(folder, { path: 'set.csv', regions: { coco: 'boxes.json' } }, false);
    const { regions } = await dataset.read(0, 2);
    expect([...(regions?.data ?? [])]).toEqual([1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ...Array.from({ length: 12 }, () => 0)]);
  });

  it('tells how many images are read', async () => {
    const seen: string[] = [];
    await plan(folderOf({ ...three, 'set.csv': csv }), { path: 'set.csv' }, (done, total) => seen.push(`${done}/${total}`));
    expect(seen).toEqual(['1/3', '2/3', '3/3']);
  });
});

describe('an image list is refused with one sentence that names file and row', () => {
  const cases: [string, string, Readonly<Record<string, unknown>>, RegExp][] = [
    [
      'a path that is not there',
      'image,label\na/q.png,x\n',
      {},
      /^The image a\/q\.png \(set\.csv, line 2\) cannot be read: it does not exist\.$/,
    ],
    ['no path', 'image,label\na/x.png,x\n,x\n', {}, /^set\.csv, line 3 has no path of an image\.$/],
    ['no label', 'image,label\na/x.png,x\nb/y.png,\n', {}, /^set\.csv, line 3 has no label in column "label"\. Fill it in/],
    [
      'an id that is there twice',
      'image,label,id\na/x.png,x,7\nb/y.png,x,7\n',
      { id: 'id' },
      /^set\.csv, line 3 has the id "7" in column "id", which set\.csv, line 2 has already\.$/,
    ],
    [
      'a number without a name',
      'image,label\na/x.png,0\nb/y.png,2\n',
      { classNames: ['x', 'y'] },
      /^set\.csv, line 3 has label 2, a class without a name: classNames has 2 names, for 0 … 1\.$/,
    ],
    [
      'a name that is no class',
      'image,label\na/x.png,dog\nb/y.png,dogs\n',
      { classNames: ['dog', 'cat'] },
      /^set\.csv, line 3 has the label "dogs", which is not among the names of the classes\. Did you mean "dog"\?$/,
    ],
    [
      'a column that is not there',
      'image,labels\na/x.png,0\n',
      {},
      /^set\.csv has no column "label" \(label\)\. Did you mean "labels"\?$/,
    ],
    ['a row of another length', 'image,label\na/x.png\n', {}, /^set\.csv has 1 cells in line 2 and 2 in line 1/],
    [
      'a path that leads out',
      'image,label\n../out.png,0\n',
      {},
      /^The image \.\.\/out\.png \(set\.csv, line 2\) is not in .*Name with images the folder/,
    ],
    ['names only', 'image,label\n', {}, /^set\.csv has names of columns, but no rows\.$/],
  ];
  it.each(cases)('%s', async (_, text, entry, message) => {
    await refused(folderOf({ ...three, 'set.csv': text }), { path: 'set.csv', ...entry }, message);
  });

  it('a Parquet file that breaks off, is damaged or is none', async () => {
    const whole = Buffer.from(files.snappy, 'base64');
    const damaged = Buffer.from(whole);
    damaged.fill(0xff, whole.length - 300, whole.length - 8);
    const folder = folderOf({
      'cut.parquet': whole.subarray(0, whole.length - 9),
      'damaged.parquet': damaged,
      'text.parquet': csv,
    });
    await refused(
      folder,
      { path: 'cut.parquet' },
      /^cut\.parquet breaks off: a Parquet file ends with PAR1, and this one does not\. Copy it again, as a whole\.$/,
    );
    await refused(
      folder,
      { path: 'damaged.parquet' },
      /^damaged\.parquet is a damaged Parquet file, or one of a kind that is not read \(.*\)\.$/,
    );
    await refused(folder, { path: 'text.parquet' }, /^text\.parquet is not a Parquet file\.$/);
  });

  it('a table that is not there, or has no known extension', async () => {
    const folder = folderOf({ 'set.xlsx': 'x' });
    await refused(folder, { path: 'none.csv' }, /none\.csv cannot be read: it does not exist\. Check the path in the spec\.$/);
    await refused(folder, { path: 'set.xlsx' }, /^set\.xlsx has no extension of a table \(\.csv, \.tsv, \.jsonl/);
  });

  it('a link that leads out of the folder', async () => {
    const folder = folderOf({ 'set.csv': 'image,label\nlink.png,0\n' });
    writeFileSync(join(root, 'outside.png'), png(0));
    symlinkSync(join(root, 'outside.png'), join(folder, 'link.png'));
    await refused(folder, { path: 'set.csv' }, /link\.png \(set\.csv, line 2\) is not in/);
  });

  it('names of classes with a gap', async () => {
    const folder = folderOf({ ...three, 'set.csv': csv, 'n.json': '{"cold": 0, "warm": 2}' });
    await refused(
      folder,
      { path: 'set.csv', classNames: 'n.json' },
      /^n\.json has no name for class 1\. Classes are numbered from 0 without gaps\.$/,
    );
  });

  it('no JSON in a line', async () => {
    const folder = folderOf({ ...three, 'set.jsonl': '{"image": "a/x.png", "label": 0}\n{"image": \n' });
    await refused(folder, { path: 'set.jsonl' }, /^set\.jsonl has in line 2 no JSON \(/);
  });
});

describe('images that cannot be read', () => {
  const text = 'image,label\na/x.png,0\nmissing.png,1\nbroken.png,0\nb/y.png,1\ncut.png,1\n';
  const folderWith = () => folderOf({ ...three, 'set.csv': text, 'broken.png': 'no image', 'cut.png': png(3).subarray(0, 60) });

  it('are listed together', async () => {
    await refused(
      folderWith(),
      { path: 'set.csv' },
      /^2 of 5 images cannot be read\. Replace or remove them, or write onUnreadable: skip\.\n {2}The image missing\.png \(set\.csv, line 3\) cannot be read: it does not exist\.\n {2}The image broken\.png \(set\.csv, line 4\) cannot be read as TIFF.*$/,
    );
  });

  it('are skipped if the spec says so, those that break off too, and counted', async () => {
    const folder = folderWith();
    const [listing] = await plan(folder, { path: 'set.csv', onUnreadable: 'skip' });
    expect(listing?.note).toMatch(
      /^3 of 5 images are left out, because they cannot be read \(onUnreadable: skip\)\. The image missing\.png .*does not exist\. The image broken\.png .*\. The image cut\.png .* is damaged/,
    );
    const dataset = await open(folder, { path: 'set.csv', onUnreadable: 'skip' }, false);
    expect(await contentOf(dataset)).toEqual({ colours: [colours[0], colours[1]], labels: [0, 1] });
    const without = folderOf({ ...three, 'set.csv': 'image,label\na/x.png,0\nb/y.png,1\n' });
    expect(dataset.info.fingerprint).toBe((await open(without, { path: 'set.csv' })).info.fingerprint);
  });

  it('are skipped in folders too, but not a whole class', async () => {
    const folder = folderOf({ ...three, 'a/broken.png': 'no image', 'b/empty.png': '' });
    const skip = { kind: 'image-folder', path: folder, onUnreadable: 'skip', divide: 1 };
    const dataset = await openFromStore(skip, { store: join(root, `store-${(count += 1)}`) });
    expect(await contentOf(dataset)).toEqual({ colours: [colours[0], colours[1], colours[2]], labels: [0, 1, 1] });
    renameSync(join(folder, 'a/x.png'), join(folder, 'x.png'));
    const folderKind = datasetKind('image-folder');
    await expectRejection(
      folderKind.files(folderKind.params.parse({ path: folder, onUnreadable: 'skip' }), '/'),
      'DATASET_UNREADABLE',
      /^No image of the class a in .* can be read\. Replace one of them\.$/,
    );
  });
});
