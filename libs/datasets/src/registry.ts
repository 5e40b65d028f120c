import { didYouMean, XaigridError } from '@xaigrid/contracts';
import type { DatasetKind } from './dataset.js';
import { npyKind } from './files/npy-kind.js';
import { npzKind } from './files/npz-kind.js';
import { pickleKind } from './files/pickle-kind.js';
import { imageFolderKind } from './images/kind.js';
import { mnist1dKind } from './mnist1d/kind.js';
import { texturePatchesKind } from './texture-patches/kind.js';

/** All kinds of data sets. A new one is one line here. */
export const datasetKinds: readonly DatasetKind[] = [
  imageFolderKind,
  mnist1dKind,
  npyKind,
  npzKind,
  pickleKind,
  texturePatchesKind,
];

/** @throws SPEC_INVALID when there is no such kind. */
export function datasetKind(name: string): DatasetKind {
  const found = datasetKinds.find(({ kind }) => kind === name);
  if (found !== undefined) return found;
  const kinds = datasetKinds.map(({ kind }) => kind);
  throw new XaigridError(
    'SPEC_INVALID',
    `There is no kind of data set "${name}".${didYouMean(name, kinds)} Kinds: ${kinds.join(', ')}.`,
  );
}
