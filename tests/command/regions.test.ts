import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { scoresAnswerSchema } from '@xaigrid/contracts';
import type { SampleBatch } from '@xaigrid/datasets';
import { encodeNpy } from '@xaigrid/tensor';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { openDataset } from '../support/demo-models.js';
import { finish, repository } from '../support/processes.js';

const generated = { kind: 'texture-patches', split: 'test', size: 16 };
const side = 64;
const positions = side * side;

interface Sample {
  readonly index: number;
  readonly label: number;
  readonly name: string;
}
type Scores = z.output<typeof scoresAnswerSchema>['scores'];

/** The sides of the patch, which is a rectangle: left, top, right, bottom. */
function boxOf(region: Float32Array): readonly [number, number, number, number] {
  const inside = [...region.keys()].filter((at) => region[at] === 1);
  const [columns, rows] = [inside.map((at) => at % side), inside.map((at) => Math.floor(at / side))];
  return [Math.min(...columns), Math.min(...rows), Math.max(...columns) + 1, Math.max(...rows) + 1];
}

function greyPng(values: Uint8Array): Promise<Buffer> {
  return sharp(values, { raw: { height: side, width: side, channels: 1 } })
    .toColourspace('b-w')
    .png()
    .toBuffer();
}

/** Texture patches as users have images: a folder of PNG files with masks, a COCO file and VOC files. */
async function writeForms(
  folder: string,
  { inputs, regions, labels }: SampleBatch,
  classNames: readonly string[],
): Promise<Sample[]> {
  const bytes = Uint8Array.from(inputs.data, (value) => Math.round(255 * value));
  const regionOf = (index: number) => (regions?.data ?? new Float32Array()).subarray(index * positions, (index + 1) * positions);
  // Folders in the order of the classes, and images in the order of folders.
  const samples = Array.from(labels, (label, index): Sample => ({
    ...{ index, label },
    name: `${label}-${classNames[label] ?? ''}/${String(index).padStart(2, '0')}`,
  })).sort((a, b) => (a.name < b.name ? -1 : 1));
  const coco = { images: [] as object[], annotations: [] as object[], categories: [] as object[] };
  coco.categories = classNames.map((name, id) => ({ id, name }));
  for (const { index, label, name } of samples) {
    for (const form of ['images', 'masks', 'classes', 'voc']) await mkdir(join(folder, form, name, '..'), { recursive: true });
    const own = bytes.subarray(index * positions * 3, (index + 1) * positions * 3);
    const png = sharp(own, { raw: { height: side, width: side, channels: 3 } }).png();
    await writeFile(join(folder, 'images', `${name}.png`), await png.toBuffer());
    const region = regionOf(index);
    await writeFile(join(folder, 'masks', `${name}.png`), await greyPng(Uint8Array.from(region, (value) => 255 * value)));
    await writeFile(
      join(folder, 'classes', `${name}.png`),
      await greyPng(Uint8Array.from(region, (value) => (label + 1) * value)),
    );
    const [left, top, right, bottom] = boxOf(region);
    const image = { id: index, file_name: `${name}.png`, height: side, width: side };
    coco.images.push(image);
    coco.annotations.push({ id: index, image_id: index, category_id: label, bbox: [left, top, right - left, bottom - top] });
    const box = `<bndbox><xmin>${left + 1}</xmin><ymin>${top + 1}</ymin><xmax>${right}</xmax><ymax>${bottom}</ymax></bndbox>`;
    const object = `<object><name>${classNames[label] ?? ''}</name>${box}</object>`;
    await writeFile(join(folder, 'voc', `${name}.xml`), `<annotation>${object}</annotation>`);
  }
  await writeFile(join(folder, 'coco.json'), JSON.stringify(coco));
  const write = (name: string, shape: readonly number[], data: Float32Array | Int32Array | Uint8Array) =>
    writeFile(join(folder, name), encodeNpy({ shape, data: data.slice() }));
  await write('exact-x.npy', inputs.shape, inputs.data);
  await write('exact-y.npy', [samples.length], labels);
  await write('exact-regions.npy', [samples.length, side, side], regions?.data ?? new Float32Array());
  const ordered = samples.flatMap(({ index }) => Array.from(bytes.subarray(index * positions * 3, (index + 1) * positions * 3)));
  await write(
    'rounded-x.npy',
    inputs.shape,
    Float32Array.from(ordered, (value) => value / 255),
  );
  await write(
    'rounded-y.npy',
    [samples.length],
    Int32Array.from(samples, ({ label }) => label),
  );
  const classes = samples.flatMap(({ index, label }) => Array.from(regionOf(index), (value) => (label + 1) * value));
  await write('rounded-regions.npy', [samples.length, side, side], Uint8Array.from(classes));
  return samples;
}

const images = (regions: object) => ({ kind: 'image-folder', path: 'images', regions });

describe('texture patches as users have images', () => {
  let folder: string;
  let samples: Sample[];
  let classMap: Readonly<Record<string, string>>;
  const scores = new Map<string, Scores>();

  const datasets = () => ({
    generated,
    exact: { kind: 'npy', x: 'exact-x.npy', y: 'exact-y.npy', regions: 'exact-regions.npy' },
    rounded: { kind: 'npy', x: 'rounded-x.npy', y: 'rounded-y.npy', regions: { npy: 'rounded-regions.npy', firstClass: 1 } },
    masks: images({ masks: 'masks' }),
    classes: images({ masks: 'classes', firstClass: 1 }),
    coco: images({ coco: 'coco.json', classes: classMap }),
    voc: images({ voc: 'voc', classes: classMap }),
  });

  function specOf(sets: Readonly<Record<string, object>>): string {
    const metrics = [
      ...['pointing-game', 'attribution-localisation', 'relevance-mass-accuracy', 'relevance-rank-accuracy', 'auc'],
      ...['top-k-intersection', 'focus'],
    ].map((metric) => ({ metric }));
    return JSON.stringify({
      name: 'forms',
      datasets: sets,
      models: { vgg: { path: `${repository}models/texture-patches-vgg/model.json` } },
      evaluations: Object.keys(sets).map((dataset) => ({
        ...{ dataset, model: 'vgg' },
        explainers: [{ method: 'grad-cam' }, { method: 'random' }],
        metrics: [...metrics, { metric: 'drop-increase', keepFractions: [0.25] }],
      })),
    });
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xaigrid-regions-'));
    const dataset = await openDataset(generated);
    const { classNames } = dataset.info;
    classMap = Object.fromEntries(classNames.map((name, label) => [name, `${label}-${name}`]));
    samples = await writeForms(folder, await dataset.read(0, generated.size), classNames);
    await writeFile(join(folder, 'spec.json'), specOf(datasets()));
    await finish('xaigrid', ['run', 'spec.json'], { folder });
    for (const name of Object.keys(datasets())) {
      const options = ['--dataset', name, '--limit', '100000', '--format', 'json'];
      const { stdout } = await finish('xaigrid', ['scores', 'latest', ...options], { folder });
      scores.set(name, scoresAnswerSchema.shape.scores.parse(JSON.parse(stdout)));
    }
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const of = (name: string) =>
    (scores.get(name) ?? []).map(({ method, metric, setting, sampleIndex, measures }) => ({
      ...{ method, metric, setting, sampleIndex, measures },
    }));

  it('have the scores of the generated set, bit for bit, as arrays of the same numbers', () => {
    expect(of('generated')).toHaveLength(generated.size * 2 * 8);
    expect(of('exact')).toEqual(of('generated'));
  });

  it.each(['masks', 'classes', 'coco', 'voc'])(
    'have one set of scores, bit for bit, whether they are arrays of 8-bit numbers or PNG files with regions from %s',
    (name) => {
      expect(of(name)).toHaveLength(generated.size * 2 * 8);
      expect(of(name)).toEqual(of('rounded'));
    },
  );

  it('have the regions of the generated set, sample by sample', () => {
    const areas = (name: string, indexOf: (sampleIndex: number) => number) =>
      new Map(
        of(name)
          .filter(({ method, metric }) => method === 'random' && metric === 'pointing-game')
          .map(({ sampleIndex, measures }) => [indexOf(sampleIndex), measures.regionArea]),
      );
    const wanted = areas('generated', (sampleIndex) => sampleIndex);
    for (const name of ['masks', 'coco', 'voc'])
      expect(new Map([...areas(name, (row) => samples[row]?.index ?? -1)].sort(([a], [b]) => a - b))).toEqual(wanted);
  });

  it('have other scores of localisation with other regions, and the same maps and other scores', async () => {
    const half = new Uint8Array(generated.size * positions).map((_, at) => (at % positions < positions / 2 ? 1 : 0));
    await writeFile(join(folder, 'half.npy'), encodeNpy({ shape: [generated.size, side, side], data: half }));
    const { rounded } = datasets();
    await writeFile(join(folder, 'half.json'), specOf({ rounded: { ...rounded, regions: 'half.npy' } }));
    const { stderr, stdout } = await finish('xaigrid', ['run', 'half.json'], { folder });
    const [maps, counted] = [generated.size * 2, generated.size * 2 * 7];
    expect(`${stderr}${stdout}`).toContain(`0 maps computed, ${maps} reused; ${counted} scores computed, ${maps} reused`);
    expect(`${stderr}${stdout}`).toContain('half.npy: 16 of 16 samples have a region');
  });
});
