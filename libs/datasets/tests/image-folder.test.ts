import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '@xaigrid/contracts';
import { datasetKind, type Dataset } from '@xaigrid/datasets';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { expectRejection, openFromStore, temporaryFolder } from './open-dataset.js';
import golden from './goldens/image-files.json' with { type: 'json' };
import orientations from './goldens/orientation.json' with { type: 'json' };

const root = temporaryFolder();
const kind = datasetKind('image-folder');
const { good, bad } = golden;

function fileOf(name: keyof typeof good): Buffer {
  return Buffer.from(good[name].file, 'base64');
}

let count = 0;
/** A folder with these files: `class/name`. */
function folderOf(files: Readonly<Record<string, Uint8Array | string>>): string {
  const folder = join(root, String((count += 1)));
  mkdirSync(folder);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

const open = (entry: Readonly<Record<string, unknown>>, sees = true): Promise<Dataset> =>
  openFromStore({ kind: 'image-folder', ...entry }, { store: join(root, `store-${(count += 1)}`), sees });

const plan = (folder: string, entry: Readonly<Record<string, unknown>> = {}) =>
  kind.files(kind.params.parse({ path: folder, ...entry }), '/');

describe('images', () => {
  it.each(Object.entries(good))('of %s are what Pillow reads', async (name, { file, rgb }) => {
    const dataset = await open({ path: folderOf({ [`a/${name}`]: Buffer.from(file, 'base64') }), divide: 1 });
    const { inputs } = await dataset.read(0, 1);
    expect(inputs.shape).toEqual([1, golden.height, golden.width, 3]);
    expect(Array.from(inputs.data)).toEqual(rgb);
  });

  it.each(Object.entries(orientations))('lie as Pillow opens them: %s', async (name, { file, shape, values }) => {
    const colour = shape[2] === 1 ? 'grey' : 'rgb';
    const dataset = await open({ path: folderOf({ [`a/${name}`]: Buffer.from(file, 'base64') }), divide: 1, colour });
    const { inputs } = await dataset.read(0, 1);
    expect(inputs.shape).toEqual([1, ...shape]);
    expect(Array.from(inputs.data)).toEqual(Array.from(Buffer.from(values, 'base64')));
  });

  it('that are turned are other images to the fingerprint', async () => {
    const file = (name: 'tiff-1.tif' | 'tiff-3.tif') => Buffer.from(orientations[name].file, 'base64');
    const listing = async (content: Buffer) => {
      const [found] = await plan(folderOf({ 'a/x.tif': content }));
      const [part] = found?.parts ?? [];
      return part instanceof Uint8Array ? (JSON.parse(new TextDecoder().decode(part)) as unknown) : undefined;
    };
    expect(await listing(file('tiff-1.tif'))).toEqual([
      expect.not.objectContaining({ orientation: expect.anything() as number }),
    ]);
    expect(await listing(file('tiff-3.tif'))).toMatchObject([{ orientation: 3 }]);
  });

  it.each([
    ['transparent.png', /transparent pixels/],
    ['deep.png', /more than 8 bits/],
    ['cmyk.jpg', /colour space cmyk/],
    ['ycbcr.tif', /colour space YCbCr/],
    ['pages.tif', /2 pages or frames/],
  ] as const)('of %s are refused with the reason', async (name, reason) => {
    const folder = folderOf({ [`a/${name}`]: Buffer.from(bad[name], 'base64') });
    const reading = async (): Promise<unknown> => (await open({ path: folder })).read(0, 1);
    await expectRejection(reading(), 'DATASET_UNREADABLE', new RegExp(`a/${name.replace('.', '\\.')}.*${reason.source}`));
  });

  it('that are something else under their name are refused when the run is planned', async () => {
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"/>';
    await expectRejection(
      plan(folderOf({ 'a/x.png': svg })),
      'DATASET_UNREADABLE',
      /a\/x\.png in .* cannot be read as TIFF, PNG/,
    );
  });

  it('that break off are named when they are read', async () => {
    const whole = fileOf('rgb.tif');
    const folder = folderOf({ 'a/cut.png': fileOf('rgb.png').subarray(0, 60), 'a/whole.tif': whole });
    const reading = async (): Promise<unknown> => (await open({ path: folder })).read(0, 2);
    await expectRejection(reading(), 'DATASET_UNREADABLE', /a\/cut\.png .*damaged/);
  });

  it('are scaled as (value / divide − mean) / std, a channel at a time', async () => {
    const path = folderOf({ 'a/x.png': fileOf('rgb.png') });
    const [mean, std] = [
      [0.5, 0.25, 0.125],
      [0.2, 0.3, 0.4],
    ];
    const { inputs } = await (await open({ path, mean, std })).read(0, 1);
    const wanted = good['rgb.png'].rgb.map((value, i) => Math.fround((value / 255 - (mean[i % 3] ?? 0)) / (std[i % 3] ?? 1)));
    expect(Array.from(inputs.data)).toEqual(wanted);
  });

  it('are one channel where grey is asked for, and grey ones three equal channels where it is not', async () => {
    const path = folderOf({ 'a/x.png': fileOf('grey.png') });
    const three = await (await open({ path, divide: 1 })).read(0, 1);
    const one = await (await open({ path, divide: 1, colour: 'grey' })).read(0, 1);
    expect(one.inputs.shape).toEqual([1, golden.height, golden.width, 1]);
    expect(Array.from(three.inputs.data)).toEqual(Array.from(one.inputs.data).flatMap((v) => [v, v, v]));
  });

  it.each(['nearest', 'linear', 'lanczos3'])('are scaled by libvips too: %s', async (resample) => {
    const dataset = await open({ path: folderOf({ 'a/x.png': fileOf('rgb.png') }), size: [10, 14], resample, divide: 1 });
    const { inputs } = await dataset.read(0, 1);
    expect(inputs.shape).toEqual([1, 10, 14, 3]);
    const source = good['rgb.png'].rgb;
    // Twice the size: nearest repeats every pixel; the others keep the range.
    if (resample === 'nearest') expect(inputs.data[(3 * 14 + 5) * 3 + 1]).toBe(source[(1 * 7 + 2) * 3 + 1]);
    expect(Math.max(...inputs.data)).toBeLessThanOrEqual(255);
  });
});

describe('the folder', () => {
  it('has its classes in the order of their names and images in the order of theirs, by code points', async () => {
    const files = {
      'b/2.png': fileOf('rgb.png'),
      'b/10.tif': fileOf('grey.tif'),
      'a/ä.png': fileOf('rgb.png'),
      'a/z.jpg': fileOf('rgb.jpg'),
    };
    const dataset = await open({ path: folderOf({ ...files, 'B/x.png': fileOf('rgb.png') }) });
    expect(dataset.info.classNames).toEqual(['B', 'a', 'b']);
    const { labels, inputs } = await dataset.read(0, 5);
    expect(Array.from(labels)).toEqual([0, 1, 1, 2, 2]);
    // a/z.jpg before a/ä.png, b/10 before b/2.
    const stride = golden.height * golden.width * 3;
    const first = (row: number): number => Math.round((inputs.data[row * stride] ?? 0) * 255);
    expect([1, 2, 3, 4].map(first)).toEqual(
      (['rgb.jpg', 'rgb.png', 'grey.tif', 'rgb.png'] as const).map((name) => good[name].rgb[0]),
    );
  });

  it('may hold other files, which the user is told of once', async () => {
    const files = await plan(
      folderOf({ 'a/x.png': fileOf('rgb.png'), 'a/Thumbs.db': 'x', 'a/.hidden.png': 'x', 'readme.txt': 'x', 'a/y.txt': 'y' }),
    );
    expect(files.flatMap(({ note }) => note ?? [])).toEqual([
      expect.stringMatching(/: 1 image; left out because they are not images: 2 \.txt, 1 hidden, 1 \.db\.$/),
    ]);
  });

  it.each([
    ['is not there', () => join(root, 'nowhere'), /does not exist/],
    ['has no class folders', () => folderOf({ 'x.png': fileOf('rgb.png') }), /has no class folders/],
    ['has an empty class', () => folderOf({ 'a/x.png': fileOf('rgb.png'), 'b/x.txt': 'x' }), /class folder b .* has no images/],
    ['has folders in a class', () => folderOf({ 'a/b/x.png': fileOf('rgb.png') }), /a\/b in .* is a folder/],
    ['has an empty image', () => folderOf({ 'a/x.png': '' }), /a\/x\.png in .* is empty/],
    [
      'has a link that leads out',
      () => {
        const folder = folderOf({ 'a/x.png': fileOf('rgb.png') });
        symlinkSync(join(root, '..'), join(folder, 'a', 'y.png'));
        return folder;
      },
      /leads out of the folder/,
    ],
  ])('is refused when it %s', async (_, folder, reason) => {
    await expectRejection(plan(folder()), 'DATASET_UNREADABLE', reason);
  });

  it('needs a size where its images have different ones', async () => {
    const small = fileOf('rgb.png');
    const path = folderOf({ 'a/x.png': small, 'a/y.png': await widened(small) });
    await expectRejection(open({ path }), 'SHAPE_MISMATCH', /have different sizes: a\/x\.png has 5×7, a\/y\.png has 5×9/);
    expect((await open({ path, size: 6 })).info.sampleShape).toEqual([6, 6, 3]);
  });

  it('is the same set wherever it lies and whatever its files are called, another one with other values', async () => {
    const print = async (files: Record<string, Uint8Array>, entry = {}): Promise<string> =>
      (await open({ path: folderOf(files), ...entry })).info.fingerprint;
    const [x, y] = [fileOf('rgb.png'), fileOf('lossless.webp')];
    const one = await print({ 'a/1.png': x, 'b/2.png': x });
    expect(await print({ 'a/other.png': x, 'b/names.png': x })).toBe(one);
    expect(await print({ 'a/1.png': x, 'b/2.png': x }, { resample: 'linear' })).toBe(one);
    const others = [
      await print({ 'a/1.png': x, 'c/2.png': x }),
      await print({ 'a/1.png': x, 'b/2.webp': y }),
      await print({ 'a/1.png': x, 'b/2.png': x }, { divide: 1 }),
      await print({ 'a/1.png': x, 'b/2.png': x }, { size: 4 }),
      await print({ 'a/1.png': x, 'b/2.png': x }, { size: 4, resample: 'linear' }),
      await print({ 'a/1.png': x, 'a/2.png': x }),
    ];
    expect(new Set([one, ...others]).size).toBe(7);
  });
});

describe('a process that opens the set', () => {
  const files = { 'a/1.png': fileOf('rgb.png'), 'a/2.tif': fileOf('grey.tif'), 'b/3.jpg': fileOf('rgb.jpg') };

  it('reads the same from the packs as from the folder', async () => {
    const path = folderOf(files);
    const there = await open({ path });
    const elsewhere = await open({ path }, false);
    expect(elsewhere.info).toEqual(there.info);
    const wanted = await there.read(0, 3);
    rmSync(path, { recursive: true });
    expect(await elsewhere.read(0, 3)).toEqual(wanted);
    expect(await there.readAt(Int32Array.of(2, 0))).toEqual(await elsewhere.readAt(Int32Array.of(2, 0)));
  });

  it('takes an image that was changed since the run was planned from the pack', async () => {
    const path = folderOf(files);
    const wanted = await (await open({ path })).read(0, 3);
    const dataset = await open({ path });
    writeFileSync(join(path, 'a/1.png'), fileOf('opaque.png'));
    expect(await dataset.read(0, 3)).toEqual(wanted);
  });

  it('says so when the pack is damaged', async () => {
    const path = folderOf(files);
    const params = kind.params.parse({ path });
    const planned = await kind.files(params, '/');
    const damaged = join(root, 'damaged');
    writeFileSync(damaged, new Uint8Array(planned[1]?.size ?? 0));
    const dataset = await kind.open({ params, files: planned, filePath: () => Promise.resolve(damaged) });
    rmSync(path, { recursive: true });
    await expectRejection(dataset.read(0, 1), 'DATASET_CHANGED', /damaged, which has the image a\/1\.png, is damaged/);
  });

  it('reads no path that a listing of somebody else names', async () => {
    const content = Buffer.from(
      JSON.stringify([{ name: '../../etc/passwd', size: 1, sha256: '0'.repeat(64), height: 1, width: 1, lossy: false }]),
    );
    const listing = { name: 'listing', sha256: sha256(content), size: content.length, parts: [content] };
    const opening = kind.open({
      params: kind.params.parse({ path: root }),
      files: [listing],
      filePath: () => Promise.reject(new Error('asked for a file')),
    });
    await expectRejection(opening, 'DATASET_UNREADABLE', /not a listing of images/);
  });
});

/** The same pixels with two columns more, as PNG. */
function widened(png: Uint8Array): Promise<Buffer> {
  return sharp(png).extend({ right: 2, background: '#000' }).png().toBuffer();
}
