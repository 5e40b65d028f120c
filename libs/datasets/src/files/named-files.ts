import { basename } from 'node:path';
import type { FileReference } from '@xaigrid/contracts';
import type { DatasetKind } from '../dataset.js';
import type { ArrayRegions } from '../regions/parameters.js';
import { fileReference, hashFile } from './hash-file.js';

/** A file that a data set reads. Its hash is computed here, so the fingerprint is that of the content that is read. */
export interface LocatedFile {
  readonly path: string;
  readonly name: string;
  readonly sha256: string;
}

/** Gives the files of a data set on this machine, by the parameter that names each. */
export type Locate<Key extends string> = (options: {
  readonly files: readonly FileReference[];
  readonly filePath: (file: FileReference) => Promise<string>;
  readonly signal?: AbortSignal;
}) => Promise<{ readonly named: Readonly<Record<Key, LocatedFile>>; readonly regionsFile?: LocatedFile }>;

/**
 * The parts of a kind that reads one file for each of these parameters, and one more if it has regions.
 * @param withoutPaths gives the other parameters for a plan; file names replace the paths
 */
export function namedFiles<
  Key extends string,
  Params extends Readonly<Record<Key, string>> & { readonly regions?: ArrayRegions | undefined },
>(
  keys: readonly Key[],
  withoutPaths: (params: Params) => Readonly<Record<string, unknown>>,
): Pick<Required<DatasetKind<Params>>, 'paths' | 'files' | 'plannedParams'> & { readonly locate: Locate<Key> } {
  const byKey = <Value>(values: readonly Value[]) =>
    Object.fromEntries(keys.map((key, at) => [key, values[at]])) as Readonly<Record<Key, Value>>;
  const pathsOf = (params: Params): readonly string[] => [
    ...keys.map((key) => params[key]),
    ...(params.regions === undefined ? [] : [params.regions.npy]),
  ];
  return {
    paths: pathsOf,
    files: (params, baseFolder) => Promise.all(pathsOf(params).map((path) => fileReference(path, baseFolder))),
    plannedParams: (params) => ({
      ...withoutPaths(params),
      ...byKey(keys.map((key) => basename(params[key]))),
      ...(params.regions === undefined ? {} : { regions: { ...params.regions, npy: basename(params.regions.npy) } }),
    }),
    async locate({ files, filePath, signal }) {
      if (files.length !== keys.length && files.length !== keys.length + 1)
        throw new TypeError(`Files for ${keys.join(', ')}, and got ${files.length}.`);
      const located = await Promise.all(
        files.map(async (file) => {
          const path = await filePath(file);
          return { path, name: file.name, sha256: (await hashFile(path, signal)).sha256 };
        }),
      );
      const regionsFile = located[keys.length];
      return { named: byKey(located), ...(regionsFile === undefined ? {} : { regionsFile }) };
    },
  };
}
