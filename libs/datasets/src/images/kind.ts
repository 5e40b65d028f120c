import { basename, resolve } from 'node:path';
import type { DatasetKind } from '../dataset.js';
import { regionSource } from '../regions/parameters.js';
import { planRegions } from '../regions/plan-regions.js';
import { classOf, decodeListing, type Listing } from './listing.js';
import { contentOf, openImages, type LabelledImages } from './open-images.js';
import { checkParameters, imageFolderParametersSchema, type ImageFolderParameters, type ImageParameters } from './parameters.js';
import { planImages } from './plan-images.js';

/**
 * Images in one folder per class, sorted by folder and then by file name. Classes are numbered in the order of the folders'
 * names.
 */
export const imageFolderKind: DatasetKind<ImageFolderParameters> = {
  kind: 'image-folder',
  title: 'Images in folders',
  summary: 'Images, with one folder per class.',
  params: imageFolderParametersSchema,
  paths: ({ path, regions }) => (regions === undefined ? [path] : [path, regionSource(regions).path]),
  async files(params, baseFolder, onProgress) {
    checkParameters(params);
    const { onUnreadable } = params;
    const files = await planImages(resolve(baseFolder, params.path), { onUnreadable, onProgress });
    const [listingFile, ...packs] = files;
    const [part] = listingFile?.parts ?? [];
    if (params.regions === undefined || listingFile === undefined || !(part instanceof Uint8Array)) return files;
    const { listing: images, classNames, labels } = labelledByFolder(decodeListing(part, listingFile.name));
    return [listingFile, await planRegions(params.regions, baseFolder, { images, classNames, labels: [...labels] }), ...packs];
  },
  plannedParams: ({ path, ...params }) => ({ ...plannedImageParams(params), path: basename(path) }),
  optionsFor: imageOptionsFor,
  async open({ params, files, filePath, signal }) {
    checkParameters(params);
    const [listingFile, ...others] = files;
    if (listingFile === undefined) throw new TypeError('A data set of kind image-folder has a listing.');
    const listing = decodeListing(await contentOf(listingFile, filePath), listingFile.name);
    signal?.throwIfAborted();
    return openImages(labelledByFolder(listing), { place: params.path, params, files: others, filePath });
  },
};

function labelledByFolder(listing: Listing): LabelledImages {
  const classNames = [...new Set(listing.map(classOf))];
  const numbers = new Map(classNames.map((name, number) => [name, number]));
  return { listing, classNames, labels: Int32Array.from(listing, (image) => numbers.get(classOf(image)) ?? 0) };
}

/**
 * Parameters for a plan: the source of the regions by its name alone, because workers read what was made of it and not the
 * source.
 */
export function plannedImageParams({ regions, ...params }: ImageParameters): Readonly<Record<string, unknown>> {
  if (regions === undefined) return params;
  const { source, path } = regionSource(regions);
  return { ...params, regions: { ...regions, [source]: basename(path) } };
}

/** Options with which images would have the wanted shape. */
export function imageOptionsFor(
  _: unknown,
  {
    found,
    wanted: [height = 0, width = 0, channels = 0, ...more],
  }: { readonly found: readonly number[]; readonly wanted: readonly number[] },
): readonly string[] {
  if (more.length > 0 || (channels !== 1 && channels !== 3)) return [];
  const size = found[0] === height && found[1] === width ? [] : [`size: [${height}, ${width}]`];
  return found[2] === channels ? size : [...size, `colour: ${channels === 1 ? 'grey' : 'rgb'}`];
}
