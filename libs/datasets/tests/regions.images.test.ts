import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { referenceOf, sha256 } from '@xaigrid/contracts';
import { datasetKind, type Dataset } from '@xaigrid/datasets';
import { decode, encode } from 'fast-png';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { expectRejection, temporaryFolder } from './open-dataset.js';

/** Made by tests/parity/pillow/regions.py. */
const golden = z
  .array(
    z.object({
      rows: z.array(z.string()),
      counts: z.string(),
      resized: z.array(z.object({ height: z.int(), width: z.int(), rows: z.array(z.string()) })),
    }),
  )
  .parse(JSON.parse(readFileSync(new URL('../../../tests/parity/pillow/regions.json', import.meta.url), 'utf8')));

const root = temporaryFolder();
const kind = datasetKind('image-folder');

type Files = Readonly<Record<string, Uint8Array | string>>;

let count = 0;
function folderOf(files: Files): string {
  const folder = join(root, String((count += 1)));
  mkdirSync(folder);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

/** Images of 4×6: cat/1, cat/2 and dog/3. */
const image = encode({ height: 4, width: 6, channels: 3, depth: 8, data: new Uint8Array(72).fill(100) });
const images = folderOf({ 'cat/1.png': image, 'cat/2.png': image, 'dog/3.png': image });

function maskOf(rows: readonly string[], more: Partial<Parameters<typeof encode>[0]> = {}): Uint8Array {
  const values = rows.flatMap((row) => Array.from(row, Number));
  const size = { height: rows.length, width: rows[0]?.length ?? 0 };
  return encode({ ...size, channels: 1, depth: 8, data: Uint8Array.from(values), ...more });
}

/** Planned on one machine and opened on one that has only the plan, and the files by content. */
async function open(
  regions: object,
  { path = images, ...more }: { readonly path?: string; readonly size?: readonly number[] } = {},
): Promise<{ dataset: Dataset; note: string; rows: (sample: number) => Promise<readonly string[]> }> {
  const params = kind.params.parse({ path, regions, ...more });
  const files = await kind.files(params, '/');
  const contents = new Map(files.map(({ sha256: hash, parts }) => [hash, parts]));
  const { plannedParams, references } = JSON.parse(
    JSON.stringify({ plannedParams: kind.plannedParams(params), references: files.map(referenceOf) }),
  ) as { plannedParams: unknown; references: typeof files };
  const dataset = await kind.open({
    params: kind.params.parse(plannedParams),
    files: references,
    filePath(file) {
      const [part] = contents.get(file.sha256) ?? [];
      if (!(part instanceof Uint8Array)) return Promise.resolve(path);
      const copy = join(root, file.sha256);
      writeFileSync(copy, part);
      return Promise.resolve(copy);
    },
  });
  const [height = 0, width = 0] = dataset.info.sampleShape;
  const rows = async (sample: number) => {
    const { regions: read } = await dataset.readAt(Int32Array.of(sample));
    expect(read?.shape).toEqual([1, height, width]);
    const data = [...(read?.data ?? [])];
    return Array.from({ length: height }, (_, row) => data.slice(row * width, (row + 1) * width).join(''));
  };
  return { dataset, note: files.map(({ note = '' }) => note).join(''), rows };
}

const nothing = ['000000', '000000', '000000', '000000'];
const middle = ['000000', '001100', '001100', '000000'];

const coco = (content: object) => {
  const all = {
    images: [
      { id: 1, file_name: 'cat/1.png', height: 4, width: 6 },
      { id: 2, file_name: '2.jpg' },
      { id: 3, file_name: 'val2017/3.png' },
    ],
    categories: [
      { id: 10, name: 'cat' },
      { id: 11, name: 'dog' },
      { id: 12, name: 'zebra' },
    ],
    annotations: [],
    ...content,
  };
  return join(folderOf({ 'some.json': JSON.stringify(all) }), 'some.json');
};
const annotation = (more: object) => ({ id: 7, image_id: 1, category_id: 10, ...more });

const voc = (objects: string, size = '<size><width>6</width><height>4</height></size>') =>
  `<annotation><filename>x.jpg</filename>${size}${objects}</annotation>`;
const vocBox = (name: string, sides: readonly number[], more = '') =>
  `<object><name>${name}</name>${more}<bndbox>${['xmin', 'ymin', 'xmax', 'ymax'].map((side, at) => `<${side}>${sides[at] ?? ''}</${side}>`).join('')}</bndbox></object>`;

describe('masks', () => {
  it('are regions by the name of the image, with and without its folder, from one file or several', async () => {
    const left = ['100000', '100000', '000000', '000000'];
    const masks = folderOf({
      'cat/1.png': maskOf(middle),
      '2_1.png': maskOf(middle),
      '2_2.png': maskOf(left),
      'other.png': maskOf(left),
    });
    const { rows, note, dataset } = await open({ masks });
    expect(dataset.info.regions).toBe(true);
    expect(await rows(0)).toEqual(middle);
    expect(await rows(1)).toEqual(['100000', '101100', '001100', '000000']);
    expect(await rows(2)).toEqual(nothing);
    expect(note).toContain(
      '2 of 3 samples have a region, 1 of them from several objects; 1 has none: 1 that nothing is said of; masks of no image of the data set: 1',
    );
  });

  it('have classes from firstClass on; those of the label count, and void does not', async () => {
    const values = ['999999', '001100', '001102', '000002'];
    const masks = folderOf({ '1.png': maskOf(values), '2.png': maskOf(nothing), '3.png': maskOf(middle) });
    const options = { masks, firstClass: 1, ignore: [9] };
    const { rows, note } = await open(options);
    expect(await rows(0)).toEqual(middle);
    expect(await rows(2)).toEqual(nothing);
    expect(note).toContain('1 of 3 samples have a region; 2 have none: 1 with an empty one, 1 with other classes only');
    const any = await open({ ...options, of: 'any' });
    expect(await any.rows(0)).toEqual(['000000', '001100', '001101', '000001']);
    expect(await any.rows(2)).toEqual(middle);
  });

  it.each([2, 4, 16])('have the indices of a palette of %i colours, and not its colours', async (colours) => {
    // Every colour of the palette is there, so that none is left out.
    const shades = Array.from({ length: 24 }, (_, at) => (at % colours) * 10);
    const raw = Buffer.from(shades.flatMap((shade) => [shade, 0, 255 - shade]));
    const png = await sharp(raw, { raw: { height: 4, width: 6, channels: 3 } })
      .png({ palette: true, colours, dither: 0 })
      .toBuffer();
    const { data } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
    const { palette } = decode(png);
    const indices = Array.from({ length: 24 }, (_, at) =>
      (palette ?? []).findIndex((colour) => colour.slice(0, 3).every((value, channel) => value === data[3 * at + channel])),
    );
    expect(new Set(indices).size).toBe(colours);
    for (let index = 1; index < colours; index++) {
      const ignore = Array.from({ length: colours }, (_, other) => other).filter((other) => other !== index);
      const { rows } = await open({ masks: folderOf({ '1.png': png }), ignore });
      expect((await rows(0)).join('')).toBe(indices.map((own) => (own === index ? 1 : 0)).join(''));
    }
  });

  it.each(golden)('of $rows.length rows follow the image through a resize as Pillow’s NEAREST', async ({ rows, resized }) => {
    const [height, width] = [rows.length, rows[0]?.length ?? 0];
    const path = folderOf({ 'a/1.png': encode({ height, width, channels: 1, depth: 8, data: new Uint8Array(height * width) }) });
    const masks = folderOf({ '1.png': maskOf(rows) });
    expect(await (await open({ masks }, { path })).rows(0)).toEqual(rows);
    for (const to of resized)
      expect(await (await open({ masks }, { path, size: [to.height, to.width] })).rows(0)).toEqual(to.rows);
  });

  it.each([
    [
      'another size',
      { '1.png': maskOf(['01', '10']) },
      {},
      /The mask 1\.png in .* has 2×2 pixels, and its image cat\/1\.png has 4×6/,
    ],
    [
      'no class',
      { '1.png': maskOf(['000003', ...nothing.slice(1)]) },
      { firstClass: 1 },
      /mask 1\.png .* value 3, which is no class: classes are 1 … 2/,
    ],
    ['colours', { '1.png': image }, {}, /mask 1\.png .* has colours/],
    ['damage', { '1.png': maskOf(middle).slice(0, 50) }, {}, /mask 1\.png .* cannot be read as PNG/],
    ['other names', { '17.png': maskOf(middle) }, {}, /says nothing of any image of the data set\. .* such as cat\/1\.png/],
    ['no masks', { 'a.txt': '' }, {}, /has no \.png file in it/],
  ])('with %s are refused, and the file is named', async (_what, files: Files, options, message) => {
    await expectRejection(open({ masks: folderOf(files), ...options }), 'DATASET_UNREADABLE', message);
  });

  it('are refused if they are interlaced with few bits, and read if they are interlaced with 8', async () => {
    const raw = Buffer.from(middle.flatMap((row) => Array.from(row, Number)).flatMap((value) => [90 * value, 0, 0]));
    const rgb = () => sharp(raw, { raw: { height: 4, width: 6, channels: 3 } });
    const palette = await rgb().png({ palette: true, colours: 2, progressive: true }).toBuffer();
    await expectRejection(
      open({ masks: folderOf({ '1.png': palette }) }),
      'DATASET_UNREADABLE',
      /mask 1\.png .* is interlaced and has less than 8 bits per value\. Save it without interlacing/,
    );
    const grey = await rgb().toColourspace('b-w').png({ progressive: true }).toBuffer();
    expect(await (await open({ masks: folderOf({ '1.png': grey }) })).rows(0)).toEqual(middle);
  });

  it('are refused if their folder is missing, if they are links, and if they could be of two images', async () => {
    await expectRejection(open({ masks: join(root, 'none') }), 'DATASET_UNREADABLE', /none cannot be read \(it does not exist\)/);
    const linked = folderOf({ '1.png': maskOf(middle) });
    symlinkSync('/etc/hostname', join(linked, '2.png'));
    await expectRejection(open({ masks: linked }), 'DATASET_UNREADABLE', /2\.png in .* is a link/);
    const path = folderOf({ 'cat/1.png': image, 'dog/1.png': image });
    await expectRejection(
      open({ masks: folderOf({ '1.png': maskOf(middle) }) }, { path }),
      'DATASET_UNREADABLE',
      /mask 1\.png .* could be of the images cat\/1\.png and dog\/1\.png\. Name it with the folder/,
    );
  });
});

describe('COCO', () => {
  it('gives boxes, polygons and run lengths of the label, without crowds', async () => {
    const path = coco({
      annotations: [
        annotation({ bbox: [2, 1, 2, 2] }),
        annotation({ category_id: 11, bbox: [0, 0, 6, 4] }),
        annotation({ iscrowd: 1, bbox: [0, 0, 6, 4] }),
        annotation({ image_id: 2, segmentation: [[2, 1, 4, 1, 4, 3, 2, 3]] }),
        annotation({ image_id: 2, segmentation: { size: [4, 6], counts: [1, 2, 21] } }),
        annotation({ image_id: 3, category_id: 12, bbox: [0, 0, 1, 1] }),
      ],
    });
    const { rows, note } = await open({ coco: path });
    expect(await rows(0)).toEqual(middle);
    expect(await rows(1)).toEqual(['000000', '101100', '101100', '000000']);
    expect(await rows(2)).toEqual(nothing);
    expect(note).toContain('2 of 3 samples have a region, 1 of them from several objects; 1 has none: 1 with other classes only');
    expect(note).toContain('1 crowd left out; no class of the data set is called zebra');
    const crowded = await open({ coco: path, crowd: 'keep', use: 'boxes', of: 'any' }).catch((error: unknown) => error);
    expect(String(crowded)).toContain('neither a segmentation nor a bbox');
    const kept = await open({ coco: path, crowd: 'keep', classes: { zebra: 'dog' } });
    expect((await kept.rows(0)).join('')).toBe('1'.repeat(24));
    expect((await kept.rows(2)).join('')).toBe('1' + '0'.repeat(23));
  });

  it.each(golden)('unpacks run lengths as pycocotools packs them: $rows.length rows', async ({ rows, counts }) => {
    const [height, width] = [rows.length, rows[0]?.length ?? 0];
    const path = folderOf({
      'cat/1.png': encode({ height, width, channels: 1, depth: 8, data: new Uint8Array(height * width) }),
    });
    const content = {
      images: [{ id: 1, file_name: '1.png' }],
      annotations: [annotation({ segmentation: { size: [height, width], counts } })],
    };
    expect(await (await open({ coco: coco(content) }, { path })).rows(0)).toEqual(rows);
  });

  it('scales boxes exactly: a position is inside if its centre is', async () => {
    const path = coco({ annotations: [annotation({ bbox: [1.5, 1, 1.5, 2] })] });
    const { rows } = await open({ coco: path }, { size: [2, 12] });
    expect(await rows(0)).toEqual(['000111000000', '000000000000']);
  });

  it('fills polygons by the centres of positions, and leaves out what lies inside twice', async () => {
    const triangle = coco({ annotations: [annotation({ segmentation: [[0, 0, 6, 0, 0, 4]] })] });
    const below = Array.from({ length: 4 }, (_, row) =>
      Array.from({ length: 6 }, (_none, column) => ((column + 0.5) / 6 + (row + 0.5) / 4 < 1 ? 1 : 0)).join(''),
    );
    expect(await (await open({ coco: triangle })).rows(0)).toEqual(below);
    // Once around the image, and in the same stroke around its middle.
    const frame = [0, 0, 6, 0, 6, 4, 0, 4, 0, 0, 2, 1, 4, 1, 4, 3, 2, 3, 2, 1];
    const hollow = coco({ annotations: [annotation({ segmentation: [frame] })] });
    expect(await (await open({ coco: hollow })).rows(0)).toEqual(['111111', '110011', '110011', '111111']);
  });

  it.each([
    [
      'a box outside',
      { annotations: [annotation({ bbox: [4, 0, 5, 2] })] },
      /Annotation 7 in .* box that leaves its image cat\/1\.png of 4×6/,
    ],
    [
      'a polygon outside',
      { annotations: [annotation({ segmentation: [[0, 0, 9, 0, 0, 3]] })] },
      /Annotation 7 in .* polygon that leaves/,
    ],
    ['half a point', { annotations: [annotation({ segmentation: [[0, 0, 1, 0, 0, 3, 1]] })] }, /polygon of 7 numbers/],
    [
      'short run lengths',
      { annotations: [annotation({ segmentation: { size: [4, 6], counts: [1, 2] } })] },
      /run lengths that do not fill/,
    ],
    [
      'broken run lengths',
      { annotations: [annotation({ segmentation: { size: [4, 6], counts: '9o' } })] },
      /run lengths that do not fill/,
    ],
    [
      'run lengths for another size',
      { annotations: [annotation({ segmentation: { size: [6, 4], counts: [24] } })] },
      /run lengths for 6×4 pixels/,
    ],
    [
      'a category without a name',
      { annotations: [annotation({ category_id: 99, bbox: [0, 0, 1, 1] })] },
      /category 99, which is not in the list/,
    ],
    [
      'an unknown image',
      { annotations: [annotation({ image_id: 99, bbox: [0, 0, 1, 1] })] },
      /image 99, which is not in the list/,
    ],
    ['no shape', { annotations: [annotation({})] }, /neither a segmentation nor a bbox/],
    [
      'an image of another size',
      { images: [{ id: 1, file_name: '1.png', height: 8, width: 12 }] },
      /says that 1\.png has 8×12 pixels, and the image has 4×6/,
    ],
    [
      'an id twice',
      {
        images: [
          { id: 1, file_name: '1.png' },
          { id: 1, file_name: '2.png' },
        ],
      },
      /lists the image 1 twice/,
    ],
    [
      'an image twice',
      {
        images: [
          { id: 1, file_name: '1.png' },
          { id: 2, file_name: 'cat/1.png' },
        ],
      },
      /lists the image cat\/1\.png twice/,
    ],
    [
      'a category twice',
      {
        categories: [
          { id: 1, name: 'cat' },
          { id: 1, name: 'dog' },
        ],
      },
      /lists the category 1 twice/,
    ],
    ['another format', { categories: 3 }, /not in the format of COCO: categories/],
  ])('with %s is refused', async (_what, content, message) => {
    await expectRejection(open({ coco: coco(content) }), 'DATASET_UNREADABLE', message);
  });

  it('is refused if it is cut off', async () => {
    const path = join(folderOf({ 'cut.json': '{"images": [' }), 'cut.json');
    await expectRejection(open({ coco: path }), 'DATASET_UNREADABLE', /cut\.json is not a JSON file/);
  });
});

describe('Pascal VOC', () => {
  it('gives boxes from the first pixel to the last, counted from 1, without those of parts', async () => {
    const part = '<part><name>head</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>1</xmax><ymax>1</ymax></bndbox></part>';
    const path = folderOf({
      '1.xml': voc(`${vocBox('cat', [3, 2, 4, 3], part)}${vocBox('dog', [1, 1, 6, 4])}`),
      'cat/2.xml': voc(vocBox('cat', [3, 2, 4, 3], '<difficult>1</difficult>'), ''),
      'dog/3.xml': voc(''),
    });
    const { rows, note } = await open({ voc: path });
    expect(await rows(0)).toEqual(middle);
    expect(await rows(1)).toEqual(middle);
    expect(await rows(2)).toEqual(nothing);
    expect(note).toContain('2 of 3 samples have a region; 1 has none: 1 with an empty one');
    const easy = await open({ voc: path, difficult: 'leave-out' });
    expect(await easy.rows(1)).toEqual(nothing);
    expect(easy.note).toContain('1 difficult object left out');
    const fromZero = await open({ voc: folderOf({ '1.xml': voc(vocBox('cat', [2, 1, 3, 2])) }), origin: 0 });
    expect(await fromZero.rows(0)).toEqual(middle);
  });

  it.each([
    [
      'a box outside',
      vocBox('cat', [3, 2, 9, 3]),
      /1\.xml in .* object "cat" with a box that leaves its image cat\/1\.png of 4×6\. Correct it/,
    ],
    ['a box from 0', vocBox('cat', [0, 0, 3, 3]), /write origin: 0/],
    ['a box without a side', '<object><name>cat</name><bndbox><xmin>1</xmin></bndbox></object>', /"cat" without a box/],
    ['no name', vocBox('', [1, 1, 2, 2]), /an object without a name/],
    ['a tag left open', '<object>', /1\.xml in .* is not an XML file/],
  ])('with %s is refused', async (_what, objects, message) => {
    await expectRejection(open({ voc: folderOf({ '1.xml': voc(objects) }) }), 'DATASET_UNREADABLE', message);
  });

  it('for an image of another size, or twice for one image, is refused', async () => {
    const size = '<size><width>12</width><height>8</height></size>';
    await expectRejection(
      open({ voc: folderOf({ '1.xml': voc('', size) }) }),
      'DATASET_UNREADABLE',
      /is for an image of 8×12, and cat\/1\.png has 4×6/,
    );
    await expectRejection(
      open({ voc: folderOf({ '1.xml': voc(''), 'cat/1.xml': voc('') }) }),
      'DATASET_UNREADABLE',
      /which has another file there/,
    );
  });
});

describe('regions of images', () => {
  it('have a fingerprint of their own, which says what they are and not where they come from', async () => {
    const prints = async (regions: object) => (await open(regions)).dataset.info;
    const box = await prints({ coco: coco({ annotations: [annotation({ bbox: [2, 1, 2, 2] })] }) });
    const folder = folderOf({ '1.xml': voc(vocBox('cat', [3, 2, 4, 3])), '2.xml': voc(''), '3.xml': voc('') });
    const same = await prints({ voc: folder });
    const any = await prints({ voc: folder, of: 'any' });
    const other = await prints({ masks: folderOf({ '1.png': maskOf(middle) }) });
    expect(same.regionsFingerprint).toBe(box.regionsFingerprint);
    expect(new Set([box, any, other].map(({ regionsFingerprint }) => regionsFingerprint)).size).toBe(3);
    const params = kind.params.parse({ path: images });
    const without = await kind.open({ params, files: await kind.files(params, '/'), filePath: () => Promise.resolve(images) });
    expect(without.info.regionsFingerprint).toBeUndefined();
    expect(new Set([without.info, box, any, other].map(({ fingerprint }) => fingerprint)).size).toBe(1);
  });

  it('are read and travel as one small file, by content', async () => {
    const params = kind.params.parse({ path: images, regions: { masks: folderOf({ '1.png': maskOf(middle) }) } });
    const [, file] = await kind.files(params, '/');
    const [part] = file?.parts ?? [];
    expect(part instanceof Uint8Array ? sha256(part) : '').toBe(file?.sha256);
    expect(kind.paths?.(params)).toHaveLength(2);
    expect(JSON.stringify(kind.plannedParams(params))).not.toContain(root);
  });

  it.each([
    [{}, /one of masks, coco, voc; none is given/],
    [{ masks: 'a', voc: 'b' }, /masks and voc are given/],
    [{ coco: 'a', firstClass: 1 }, /firstClass belongs to masks, not to coco/],
    [{ masks: 'a', crowd: 'keep' }, /crowd belongs to coco, not to masks/],
    [{ masks: 'a', classes: { x: 'y' } }, /classes belongs to coco and voc, not to masks/],
    [{ mask: 'a' }, /mask/],
  ])('refuse %j', (regions, message) => {
    expect(JSON.stringify(kind.params.safeParse({ path: 'x', regions }).error?.issues)).toMatch(message);
  });
});
