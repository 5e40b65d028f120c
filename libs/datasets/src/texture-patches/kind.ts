import { sha256, type Sha256 } from '@xaigrid/contracts';
import type { Tensor } from '@xaigrid/tensor';
import type { Dataset, DatasetKind, SampleBatch } from '../dataset.js';
import { sampleFingerprint } from '../fingerprint.js';
import { checkIndices, checkRange } from '../sample-range.js';
import { texturePatchesParametersSchema, type TexturePatchesParameters } from './parameters.js';
import { drawSample, labelOf } from './sample.js';
import { textures } from './textures.js';

const KIND = 'texture-patches';
const CLASS_NAMES = Object.keys(textures);

/**
 * Noise images with one textured patch. The texture is the class, and the patch is the region that a map should point to. Samples
 * are `[imageSize, imageSize, 3]` in [0, 1]. They are generated when they are read, so the data set takes no memory.
 */
export const texturePatchesKind: DatasetKind<TexturePatchesParameters> = {
  kind: KIND,
  title: 'Texture patches',
  summary: 'Generated noise images with one textured patch: the texture is the class, and the place of the patch is known.',
  params: texturePatchesParametersSchema,
  files: () => Promise.resolve([]),
  plannedParams: (params) => params,
  optionsFor: (_, { wanted: [height = 0, width, channels, ...more] }) =>
    height === width && channels === 3 && more.length === 0 && height >= 8 ? [`imageSize: ${height}`] : [],
  open({ params, signal }) {
    signal?.throwIfAborted();
    return Promise.resolve(createTexturePatches(params));
  },
};

function createTexturePatches(params: TexturePatchesParameters): Dataset {
  const { imageSize, size } = params;
  const sampleShape = [imageSize, imageSize, 3];
  return {
    info: { sampleShape, classNames: CLASS_NAMES, size, fingerprint: fingerprintOf(params), regions: true },
    labels: () => rangeOf(0, size).map(labelOf),
    read(start, end, signal) {
      checkRange(start, end, size);
      return Promise.resolve(drawBatch(params, rangeOf(start, end), signal));
    },
    readAt(indices, signal) {
      checkIndices(indices, size);
      return Promise.resolve(drawBatch(params, indices, signal));
    },
    close: () => Promise.resolve(),
  };
}

function drawBatch(
  params: TexturePatchesParameters,
  indices: Int32Array<ArrayBuffer>,
  signal?: AbortSignal,
): SampleBatch & { readonly regions: Tensor } {
  const { imageSize } = params;
  const positions = imageSize * imageSize;
  const values = new Float32Array(indices.length * positions * 3);
  const regions = new Float32Array(indices.length * positions);
  for (const [row, index] of indices.entries()) {
    signal?.throwIfAborted();
    drawSample(params, index, {
      values: values.subarray(row * positions * 3, (row + 1) * positions * 3),
      region: regions.subarray(row * positions, (row + 1) * positions),
    });
  }
  return {
    inputs: { shape: [indices.length, imageSize, imageSize, 3], data: values },
    labels: indices.map(labelOf),
    regions: { shape: [indices.length, imageSize, imageSize], data: regions },
  };
}

/**
 * The fingerprint. Parameters determine every sample; one sample per class stands for the code that generates them, which is
 * cheap for a set of any size.
 */
function fingerprintOf(params: TexturePatchesParameters): Sha256 {
  const { inputs, labels, regions } = drawBatch(params, rangeOf(0, CLASS_NAMES.length));
  return sha256(
    sampleFingerprint({ kind: KIND, params, inputs, labels }),
    sampleFingerprint({ kind: KIND, params, inputs: regions, labels }),
  );
}

function rangeOf(start: number, end: number): Int32Array<ArrayBuffer> {
  return Int32Array.from({ length: end - start }, (_, i) => start + i);
}
