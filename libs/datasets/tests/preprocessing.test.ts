import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Dataset } from '@xaigrid/datasets';
import { encode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { expectRejection, openDataset, temporaryFolder } from './open-dataset.js';

const bytes = z.string().transform((text) => Uint8Array.from(Buffer.from(text, 'base64')));

/** Made by tests/parity/torchvision/preprocessing.py. */
const golden = z
  .array(
    z.object({
      ...{ shape: z.tuple([z.int(), z.int()]), size: z.tuple([z.int(), z.int()]), shortSide: z.int() },
      ...{ pixels: bytes, mask: bytes, crop: bytes, bicubic: bytes, cropOfMask: bytes, letterbox: bytes, letterboxOfMask: bytes },
      imagenet: z.array(z.number()),
    }),
  )
  .parse(JSON.parse(readFileSync(new URL('../../../tests/parity/torchvision/preprocessing.json', import.meta.url), 'utf8')));

const root = temporaryFolder();
let count = 0;

/** One image, and its mask. */
function written({ shape: [height, width], pixels, mask }: Pick<(typeof golden)[number], 'shape' | 'pixels' | 'mask'>): string {
  const folder = join(root, String((count += 1)));
  mkdirSync(join(folder, 'images/a'), { recursive: true });
  mkdirSync(join(folder, 'masks'));
  writeFileSync(join(folder, 'images/a/1.png'), encode({ height, width, channels: 3, depth: 8, data: pixels }));
  writeFileSync(join(folder, 'masks/1.png'), encode({ height, width, channels: 1, depth: 8, data: mask }));
  return folder;
}

// The images of a data set stay in its folder here.
function open(folder: string, entry: object): Promise<Dataset> {
  return openDataset({ kind: 'image-folder', path: 'images', ...entry }, folder);
}

describe.each(golden)('an image of $shape', (one) => {
  const folder = written(one);
  const regions = { masks: 'masks' };

  it('is resized and cropped as by torchvision, and its mask with it', async () => {
    const { size, shortSide, crop, cropOfMask } = one;
    const dataset = await open(folder, { size, shortSide, fit: 'crop', divide: 1, regions });
    const read = await dataset.read(0, 1);
    expect(Array.from(read.inputs.data)).toEqual(Array.from(crop));
    expect(Array.from(read.regions?.data ?? [])).toEqual(Array.from(cropOfMask));
  });

  it('is resized by the bicubic filter as by torchvision, with values that it carries over the edge clipped', async () => {
    const { size, shortSide, bicubic } = one;
    const dataset = await open(folder, { size, shortSide, fit: 'crop', divide: 1, resample: 'pillow-bicubic' });
    expect(Array.from((await dataset.read(0, 1)).inputs.data)).toEqual(Array.from(bicubic));
  });

  it('gets margins as by Pillow, and its mask with it', async () => {
    const { size, letterbox, letterboxOfMask } = one;
    const dataset = await open(folder, { size, fit: 'letterbox', fill: 7, divide: 1, regions });
    const read = await dataset.read(0, 1);
    expect(Array.from(read.inputs.data)).toEqual(Array.from(letterbox));
    expect(Array.from(read.regions?.data ?? [])).toEqual(Array.from(letterboxOfMask));
  });

  it('is normalised as by torchvision, which rounds to float32 after each step', async () => {
    const { size, shortSide, imagenet } = one;
    const dataset = await open(folder, { size, shortSide, fit: 'crop', normalise: 'imagenet' });
    const { data } = (await dataset.read(0, 1)).inputs;
    expect(Math.max(...data.map((value, at) => Math.abs(value - (imagenet[at] ?? NaN))))).toBeLessThan(5e-7);
  });

  it('lies whole in the sample along its short side if shortSide is not said', async () => {
    const [height, width] = one.shape;
    const { data } = (await (await open(folder, { size: 8, fit: 'crop', divide: 1 })).read(0, 1)).inputs;
    const least = (await (await open(folder, { size: 8, shortSide: 8, fit: 'crop', divide: 1 })).read(0, 1)).inputs;
    expect(data).toEqual(least.data);
    expect(data.length).toBe(8 * 8 * 3);
    expect(Math.min(height, width)).toBeGreaterThan(8);
  });
});

describe('an image that is not a square', () => {
  const [first] = golden;
  if (first === undefined) throw new TypeError('There is a golden image.');
  // 4×8: with size 4, the middle four columns; with letterbox 4, two rows of margin.
  const image = { shape: [4, 8] as [number, number], pixels: new Uint8Array(96).fill(50), mask: new Uint8Array(32) };

  it('takes its boxes with it, exactly', async () => {
    const folder = written(image);
    const object = '<object><name>a</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>4</xmax><ymax>2</ymax></bndbox></object>';
    mkdirSync(join(folder, 'voc'));
    writeFileSync(join(folder, 'voc/1.xml'), `<annotation>${object}</annotation>`);
    const drawn = async (entry: object) => {
      const dataset = await open(folder, { size: 4, regions: { voc: 'voc' }, ...entry });
      return Array.from((await dataset.read(0, 1)).regions?.data ?? []).join('');
    };
    expect(await drawn({ fit: 'crop' })).toBe('1100110000000000');
    expect(await drawn({ fit: 'letterbox' })).toBe('0000110000000000');
    expect(await drawn({})).toBe('1100110000000000');
  });

  it('has another fingerprint by what is done to it, and only by what is', async () => {
    const folder = written(image);
    const print = async (entry: object) => (await open(folder, { size: 4, ...entry })).info.fingerprint;
    const prints = [{}, { fit: 'crop' }, { fit: 'crop', shortSide: 5 }, { fit: 'letterbox' }, { fit: 'letterbox', fill: 9 }];
    expect(new Set(await Promise.all(prints.map(print))).size).toBe(5);
    const asIs = async (entry: object) => (await open(folder, { size: [4, 8], ...entry })).info.fingerprint;
    expect(await asIs({ fit: 'letterbox' })).toBe(await asIs({}));
    const { mean, std } = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
    expect(await print({ normalise: 'imagenet' })).toBe(await print({ mean, std }));
    const bgr = { divide: 1, mean: [103.939, 116.779, 123.68] };
    expect(await print({ normalise: 'caffe-bgr' })).not.toBe(await print(bgr));
  });

  it.each([
    [{ fit: 'crop' }, /fit: crop needs a size/],
    [{ size: 4, shortSide: 5 }, /shortSide belongs to fit: crop, and fit is stretch/],
    [{ size: 4, fit: 'crop', fill: 5 }, /fill is the value of the margins of fit: letterbox, and fit is crop/],
    [{ size: 8, fit: 'crop', shortSide: 6 }, /shortSide is 6, and a side of size is 8/],
    [{ normalise: 'clip', mean: 0.5 }, /normalise: clip stands for divide, mean and std/],
    [{ normalise: 'clip', colour: 'grey' }, /normalise: clip has numbers for three channels, and images are grey/],
  ])('is refused with %j', async (entry, message) => {
    await expectRejection(open(written(image), entry), 'SPEC_INVALID', message);
  });
});

describe('normalise', () => {
  const pixels = Uint8Array.of(10, 128, 255);
  const folder = written({ shape: [1, 1], pixels, mask: new Uint8Array(1) });
  const values = async (normalise: string) => Array.from((await (await open(folder, { normalise })).read(0, 1)).inputs.data);

  it('takes the numbers that models were trained with', async () => {
    const f = (list: readonly number[]) => list.map(Math.fround);
    const [r, g, b] = pixels;
    if (r === undefined || g === undefined || b === undefined) throw new TypeError('The pixel has three values.');
    expect(await values('-1..1')).toEqual(f([r / 127.5 - 1, g / 127.5 - 1, b / 127.5 - 1]));
    expect(await values('caffe-bgr')).toEqual(f([b - 103.939, g - 116.779, r - 123.68]));
    expect(await values('clip')).toEqual(
      f([(r / 255 - 0.48145466) / 0.26862954, (g / 255 - 0.4578275) / 0.26130258, (b / 255 - 0.40821073) / 0.27577711]),
    );
  });
});
