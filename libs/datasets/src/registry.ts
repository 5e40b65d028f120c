import { didYouMean, XaigridError } from '@xaigrid/contracts';
import type { DatasetKind } from './dataset.js';
import { csvKind } from './files/csv-kind.js';
import { npyKind } from './files/npy-kind.js';
import { npzKind } from './files/npz-kind.js';
import { pickleKind } from './files/pickle-kind.js';
import { safetensorsKind } from './files/safetensors-kind.js';
import { imageFolderKind } from './images/kind.js';
import { imageListKind } from './images/list/kind.js';
import { mnist1dKind } from './mnist1d/kind.js';
import { mosaicKind } from './mosaic/kind.js';
import { texturePatchesKind } from './texture-patches/kind.js';

/** The kinds of data sets that do not contain another data set. */
const ownKinds: readonly DatasetKind[] = [
  csvKind,
  imageFolderKind,
  imageListKind,
  mnist1dKind,
  npyKind,
  npzKind,
  pickleKind,
  safetensorsKind,
  texturePatchesKind,
];

/** All kinds of data sets. To add one, add a line above. */
export const datasetKinds: readonly DatasetKind[] = [...ownKinds, mosaicKind(ownKinds)];

const hdf5 = 'HDF5 is not read: save its arrays by numpy.savez("data.npz", x=file["x"][:], y=file["y"][:]) and use kind: npz.';
const pytorch =
  'PyTorch files are not read: save their tensors by numpy.savez("data.npz", x=x.numpy(), y=y.numpy()) and use kind: npz, or kind: safetensors.';
const tfrecord =
  'TFRecords are not read: save what tf.data reads from them by numpy.savez("data.npz", x=x, y=y) and use kind: npz.';
const table = 'Save its columns by frame.to_csv("data.csv", index=False) and use kind: csv.';

/** For kinds that do not exist but that people look for: what to do instead. */
export const absentKinds: Readonly<Record<string, string>> = {
  ...{ hdf5, h5: hdf5, pt: pytorch, pth: pytorch, torch: pytorch, pytorch },
  ...{ parquet: `Parquet is not read. ${table}`, arrow: `Arrow is not read. ${table}`, tsv: 'Use kind: csv, delimiter: tab.' },
  ...{ tfrecord, tfrecords: tfrecord },
  ...{ images: 'Use kind: image-folder, or image-list.', imagefolder: 'Use kind: image-folder.', tabular: 'Use kind: csv.' },
  ...{ 'image-table': 'Use kind: image-list.', 'image-csv': 'Use kind: image-list.', imagelist: 'Use kind: image-list.' },
};

/**
 * The kind of that name.
 * @throws SPEC_INVALID if there is none.
 */
export function datasetKind(name: string): DatasetKind {
  const found = datasetKinds.find(({ kind }) => kind === name);
  if (found !== undefined) return found;
  const kinds = datasetKinds.map(({ kind }) => kind);
  throw new XaigridError(
    'SPEC_INVALID',
    `There is no kind of data set "${name}".${absentKinds[name] === undefined ? didYouMean(name, kinds) : ` ${absentKinds[name]}`} Kinds: ${kinds.join(', ')}.`,
  );
}
