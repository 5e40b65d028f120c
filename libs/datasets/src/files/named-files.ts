import { basename } from 'node:path';
import type { FileReference } from '@xaigrid/contracts';
import type { DatasetKind } from '../dataset.js';
import { fileReference, hashFile } from './hash-file.js';

/** A file that a data set reads. Its hash is computed here, so the fingerprint is that of the content that is read. */
interface LocatedFile {
  readonly path: string;
  readonly name: string;
  readonly sha256: string;
}

/** Gives the files of a data set on this machine, by the parameter that names each. */
export type Locate<Key extends string> = (options: {
  readonly files: readonly FileReference[];
  readonly filePath: (file: FileReference) => Promise<string>;
  readonly signal?: AbortSignal;
}) => Promise<Readonly<Record<Key, LocatedFile>>>;

/**
 * The parts of a kind that reads one file for each of these parameters.
 * @param withoutPaths gives the other parameters for a plan; file names replace the paths
 */
export function namedFiles<Key extends string, Params extends Readonly<Record<Key, string>>>(
  keys: readonly Key[],
  withoutPaths: (params: Params) => Readonly<Record<string, unknown>>,
): Pick<Required<DatasetKind<Params>>, 'paths' | 'files' | 'plannedParams'> & { readonly locate: Locate<Key> } {
  const byKey = <Value>(values: readonly Value[]) =>
    Object.fromEntries(keys.map((key, at) => [key, values[at]])) as Readonly<Record<Key, Value>>;
  return {
    paths: (params) => keys.map((key) => params[key]),
    files: (params, baseFolder) => Promise.all(keys.map((key) => fileReference(params[key], baseFolder))),
    plannedParams: (params) => ({ ...withoutPaths(params), ...byKey(keys.map((key) => basename(params[key]))) }),
    async locate({ files, filePath, signal }) {
      if (files.length !== keys.length) throw new TypeError(`Files for ${keys.join(', ')}, and got ${files.length}.`);
      return byKey(
        await Promise.all(
          files.map(async (file) => {
            const path = await filePath(file);
            return { path, name: file.name, sha256: (await hashFile(path, signal)).sha256 };
          }),
        ),
      );
    },
  };
}
