import { XaigridError } from '@xaigrid/contracts';
import type { Dataset, SampleBatch } from '../dataset.js';
import { fileFingerprint } from '../fingerprint.js';
import { checkIndices, checkRange } from '../sample-range.js';
import { chooseTiles, type ClassMembers, type Tiles } from './choose-tiles.js';

/**
 * Mosaics of two by two samples of another data set, unchanged and side by side.
 * @throws SPEC_INVALID for samples that are not images, that have sets of labels, or that are all of one class
 */
export function createMosaics(
  tileSet: Dataset,
  {
    kind,
    tileKind,
    size,
    seed,
  }: { readonly kind: string; readonly tileKind: string; readonly size: number; readonly seed: number },
): Dataset {
  const { sampleShape, classNames, fingerprint, notes } = tileSet.info;
  const classes = classesOf(tileSet, tileKind);
  const [height = 0, width = 0, channels = 0] = sampleShape;
  const side = { height: 2 * height, width: 2 * width };

  async function readAt(indices: Int32Array<ArrayBuffer>, signal?: AbortSignal): Promise<SampleBatch> {
    const mosaics = Array.from(indices, (index) => chooseTiles(classes, seed, index));
    const tiles = await tileSet.readAt(Int32Array.from(mosaics.flatMap(({ samples }) => samples)), signal);
    const positions = side.height * side.width;
    const values = new Float32Array(mosaics.length * positions * channels);
    const regions = new Float32Array(mosaics.length * positions);
    for (const [row, { shown }] of mosaics.entries()) {
      for (const [tile, inside] of shown.entries()) {
        const first = (row * side.height + (tile >> 1) * height) * side.width + (tile & 1) * width;
        for (let y = 0; y < height; y++) {
          const at = first + y * side.width;
          const from = ((4 * row + tile) * height + y) * width * channels;
          values.set(tiles.inputs.data.subarray(from, from + width * channels), at * channels);
          if (inside) regions.fill(1, at, at + width);
        }
      }
    }
    return {
      inputs: { shape: [mosaics.length, side.height, side.width, channels], data: values },
      labels: Int32Array.from(mosaics, labelOf),
      regions: { shape: [mosaics.length, side.height, side.width], data: regions },
    };
  }

  return {
    info: {
      ...{ sampleShape: [side.height, side.width, channels], classNames, size, regions: true },
      fingerprint: fileFingerprint({ kind, params: { size, seed }, files: [fingerprint] }),
      ...(notes === undefined ? {} : { notes }),
    },
    labels: () => Int32Array.from({ length: size }, (_, index) => classes[index % classes.length]?.label ?? -1),
    async read(start, end, signal) {
      checkRange(start, end, size);
      return readAt(
        Int32Array.from({ length: end - start }, (_, row) => start + row),
        signal,
      );
    },
    async readAt(indices, signal) {
      checkIndices(indices, size);
      return readAt(indices, signal);
    },
    close: () => tileSet.close(),
  };
}

function labelOf({ label }: Tiles): number {
  return label;
}

function classesOf(tileSet: Dataset, tileKind: string): readonly ClassMembers[] {
  const { sampleShape, classNames } = tileSet.info;
  const labels = tileSet.labels();
  if (sampleShape.length !== 3) {
    throw new XaigridError(
      'SPEC_INVALID',
      `Mosaics are made of images, [height, width, channels], and samples of kind ${tileKind} are [${sampleShape.join(', ')}] here. Use a data set of images.`,
    );
  }
  if (labels === undefined) {
    throw new XaigridError(
      'SPEC_INVALID',
      `Mosaics are made of samples of one class each, and those of kind ${tileKind} have sets of labels here. Use a data set with one label per sample.`,
    );
  }
  const members = classNames.map((): number[] => []);
  for (const [index, label] of labels.entries()) members[label]?.push(index);
  const classes = members.flatMap((own, label) => (own.length === 0 ? [] : [{ label, members: Int32Array.from(own) }]));
  if (classes.length >= 2) return classes;
  throw new XaigridError(
    'SPEC_INVALID',
    `Mosaics show two classes at least, and the samples of kind ${tileKind} are all of one. Use a data set with more classes.`,
  );
}
