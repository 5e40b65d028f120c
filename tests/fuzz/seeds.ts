import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeOnnx } from '@xaigrid/graph';
import sharp from 'sharp';
import { architectureFile } from '../../libs/graph/tests/architectures/architecture.js';
import { architectures } from '../../libs/graph/tests/reference/architectures.js';
import { branched, convolutional } from '../../libs/graph/tests/reference/fixtures.js';
import { kerasArchive, weightsFrom, type Keras3Model } from '../../libs/graph/tests/reference/keras-archive.js';
import { hdf5Bytes } from '../../libs/graph/tests/reference/keras-hdf5.js';
import { tfjsFiles, type LayerFixture } from '../../libs/graph/tests/reference/keras-models.js';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Files as their own programs wrote them, where they are at hand; the seeds below do without. */
function reportInput(name: string): Uint8Array[] {
  const { REPORT_INPUTS: folder } = process.env;
  return folder === undefined || folder === '' ? [] : [readFileSync(join(folder, name))];
}

const keras3: Keras3Model = {
  class_name: 'Sequential',
  name: 'sequential',
  layers: [
    { class_name: 'InputLayer', config: { batch_shape: [null, 12, 2], name: 'the_input' } },
    ...(convolutional.topology.config as { layers: LayerFixture[] }).layers.slice(1),
  ],
};

export async function hdf5Seeds(): Promise<Uint8Array[]> {
  return [await hdf5Bytes(convolutional), await hdf5Bytes(branched), ...reportInput('MNIST1D.h5')];
}

export async function kerasArchiveSeeds(): Promise<Uint8Array[]> {
  return [
    await kerasArchive(keras3, weightsFrom(convolutional)),
    await kerasArchive(keras3, weightsFrom(convolutional), {
      named: false,
      files: { 'assets/../../../note.txt': encode('out') },
    }),
  ];
}

/** The first file of TF.js models; `tfjsShards` has the others. */
export const tfjsSeeds = (): Uint8Array[] =>
  tfjsFiles(convolutional)
    .slice(0, 1)
    .map(({ bytes }) => bytes);
export const tfjsShards = (): { name: string; bytes: Uint8Array }[] => tfjsFiles(convolutional).slice(1);

/** Written by us and, the second and third, by PyTorch. */
export function onnxSeeds(): Uint8Array[] {
  const ours = architectures.slice(0, 2).map(({ graph }) => writeOnnx(graph));
  return [...ours, architectureFile('squeezenet1_1'), architectureFile('mobilenet_v3_small')];
}

/** What numpy and pickle themselves wrote, kept as base64 among the goldens of libs/tensor. */
function tensorGoldens(file: string): Uint8Array[] {
  const goldens: unknown = JSON.parse(readFileSync(new URL(`../../libs/tensor/tests/goldens/${file}`, import.meta.url), 'utf8'));
  const texts: string[] = [];
  const visit = (value: unknown): void => {
    if (typeof value === 'string' && value.length >= 16 && /^[A-Za-z0-9+/]+={0,2}$/.test(value)) texts.push(value);
    else if (typeof value === 'object' && value !== null) Object.values(value).forEach(visit);
  };
  visit(goldens);
  return texts.map((text) => Buffer.from(text, 'base64'));
}
export const npySeeds = (): Uint8Array[] => tensorGoldens('npy.json');
export const npzSeeds = (): Uint8Array[] => tensorGoldens('npz.json');
export const pickleSeeds = (): Uint8Array[] => tensorGoldens('pickle.json');

/** One image in each of the four formats and their variants. */
export async function imageSeeds(): Promise<Uint8Array[]> {
  const [height, width] = [12, 17];
  const values = (channels: number) => Uint8Array.from({ length: height * width * channels }, (_, i) => (i * 37) % 256);
  const rgb = () => sharp(values(3), { raw: { height, width, channels: 3 } });
  const grey = () => sharp(values(1), { raw: { height, width, channels: 1 } }).toColourspace('b-w');
  return Promise.all([
    rgb().png().toBuffer(),
    rgb().png({ palette: true }).toBuffer(),
    grey().png({ progressive: true }).toBuffer(),
    rgb().jpeg().toBuffer(),
    rgb().jpeg({ progressive: true }).toBuffer(),
    grey().jpeg().toBuffer(),
    rgb().webp().toBuffer(),
    rgb().webp({ lossless: true }).toBuffer(),
    rgb().tiff({ compression: 'none' }).toBuffer(),
    rgb().tiff({ compression: 'lzw', predictor: 'horizontal' }).toBuffer(),
    rgb().tiff({ compression: 'packbits' }).toBuffer(),
    grey().tiff({ compression: 'deflate', tile: true, tileWidth: 16, tileHeight: 16 }).toBuffer(),
    rgb().tiff({ compression: 'jpeg' }).toBuffer(),
  ]);
}

const specNames = ['demo', 'report-mnist1d', 'report-table2', 'sweep', 'texture-patches'];
export const specSeeds = (): Uint8Array[] =>
  specNames.map((name) => readFileSync(new URL(`../../examples/${name}.yaml`, import.meta.url)));

export const messageSeeds = (): Uint8Array[] =>
  [
    { version: 1, stage: 'explain', runId: '3f2a9c', evaluationId: 0, shardId: 17 },
    { version: 1, stage: 'score', runId: '3f2a9c', evaluationId: 12, shardId: 9_007_199_254_740_991 },
    { version: 1, runId: '3f2a9c', kind: 'shard-scored', shardId: 17 },
    { version: 1, runId: '3f2a9c', kind: 'run-changed' },
  ].map((message) => encode(JSON.stringify(message)));
