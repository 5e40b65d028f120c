import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { sha256, XaigridError, type FilePart, type LocalFile } from '@xaigrid/contracts';
import type { DatasetKind, ReadingProgress } from '../../dataset.js';
import { inOrder } from '../../in-order.js';
import { regionSource } from '../../regions/parameters.js';
import { planRegions } from '../../regions/plan-regions.js';
import { openTable } from '../../tables/open-table.js';
import { createCellReader } from '../../tables/row-cells.js';
import { columnAt, type Table } from '../../tables/table.js';
import { imageOptionsFor, plannedImageParams } from '../kind.js';
import { contentOf, openImages } from '../open-images.js';
import { packImages, skippedNote } from '../pack-images.js';
import { checkParameters, imageParametersSchema } from '../parameters.js';
import { decodeLabelledListing, encodeLabelledListing, labelledImages, type LabelledListing } from './labelled-listing.js';
import { imageListParametersSchema, namesFile, parseClassNames, type ImageListParameters } from './parameters.js';
import { imagesFolder, localImage, readImageRows } from './read-list.js';
import { labelsOfRows } from './row-labels.js';

/** Images that a table lists, with their labels, in the order of its rows. */
export const imageListKind: DatasetKind<ImageListParameters> = {
  kind: 'image-list',
  title: 'Images in a table',
  summary: 'Images that a table lists with their labels: paths in CSV, TSV, JSONL or Parquet, or bytes in Parquet.',
  params: imageListParametersSchema,
  paths(params) {
    const names = namesFile(params);
    return [
      ...[params.path, params.images ?? dirname(params.path)],
      ...(names === undefined ? [] : [names]),
      ...(params.regions === undefined ? [] : [regionSource(params.regions).path]),
    ];
  },
  async files(params, baseFolder, onProgress) {
    checkParameters(params);
    const { listing, packs, note } = await planList(params, baseFolder, onProgress);
    const content = encodeLabelledListing(listing);
    const listingFile: LocalFile = {
      name: `${basename(params.path)}, listing`,
      ...{ sha256: sha256(content), size: content.length, parts: [content] },
      ...(note === '' ? {} : { note }),
    };
    if (params.regions === undefined) return [listingFile, ...packs];
    const { listing: images, classNames, labels } = labelledImages(listing);
    return [listingFile, await planRegions(params.regions, baseFolder, { images, classNames, labels: [...labels] }), ...packs];
  },
  // What the table says is in the listing. Only the image column is needed where the table has the images.
  plannedParams: (params) => {
    const { path, image, delimiter } = params;
    return { ...plannedImageParams(imageParametersSchema.parse(params)), path: basename(path), image, delimiter };
  },
  optionsFor: imageOptionsFor,
  async open({ params, files, filePath, signal }) {
    checkParameters(params);
    const [listingFile, ...others] = files;
    if (listingFile === undefined) throw new TypeError('A data set of kind image-list has a listing.');
    const listing = decodeLabelledListing(await contentOf(listingFile, filePath), listingFile.name);
    signal?.throwIfAborted();
    const { images } = listing;
    const [{ row } = { row: undefined }] = images;
    return openImages(labelledImages(listing), {
      ...{ place: params.path, params, files: others, filePath },
      ...(row === undefined ? {} : { local: bytesInTable(params, images) }),
    });
  },
};

/** Reads images from the table that has their bytes, where it is. */
function bytesInTable(
  params: ImageListParameters,
  images: LabelledListing['images'],
): (path: string, index: number) => Promise<Uint8Array | undefined> {
  let opened: Promise<{ readonly table: Table; readonly read: ReturnType<typeof createCellReader> } | undefined> | undefined;
  const open = async (path: string) => {
    const table = await openTable(path, { name: basename(path), delimiter: params.delimiter });
    return { table, read: createCellReader(table, columnAt(table, params.image, 'image')) };
  };
  return async (path, index) => {
    // A table that was replaced by another file is no reason to end: the store has the images.
    opened ??= open(path).catch(() => undefined);
    const from = await opened;
    return from === undefined ? undefined : localImage(from.table, from.read, images[index]?.row ?? 0);
  };
}

async function planList(
  params: ImageListParameters,
  baseFolder: string,
  onProgress: ReadingProgress | undefined,
): Promise<{ readonly listing: LabelledListing; readonly packs: readonly LocalFile[]; readonly note: string }> {
  const path = resolve(baseFolder, params.path);
  const name = basename(path);
  const folder = imagesFolder(params, baseFolder);
  const table = await openTable(path, { name, delimiter: params.delimiter });
  const rows = await readImageRows(table, params, folder);
  const column = columnAt(table, params.label, 'label');
  const known = await classNamesOf(params, baseFolder, table.classNames?.(column));
  const { classNames, labels, note } = labelsOfRows(rows.labels, known, table.columns[column] ?? '');
  const { images, packs, skipped } = await packImages(rows.images, {
    ...{ name, path: rows.bytes ? path : folder, onProgress },
    total: await bytesOf(rows.bytes ? [path] : rows.images.map(({ part }) => part)),
    onUnreadable: params.onUnreadable,
  });
  return {
    listing: {
      classNames: [...classNames],
      images: images.map(({ listed, index }) => ({
        ...listed,
        label: labels[index] ?? 0,
        ...(rows.bytes ? { row: rows.images[index]?.row ?? 0 } : {}),
      })),
    },
    packs,
    note: [note, skippedNote(skipped, rows.images.length)].filter((one) => one !== undefined).join(' '),
  };
}

/** The bytes of all files. Those that are not there are named when they are read. */
async function bytesOf(parts: readonly FilePart[]): Promise<number> {
  const sizeOf = async (part: FilePart | undefined): Promise<number> =>
    typeof part === 'string' ? ((await stat(part).catch(() => undefined))?.size ?? 0) : 0;
  let sum = 0;
  for await (const size of inOrder(parts.length, 8, (at) => sizeOf(parts[at]))) sum += size;
  return sum;
}

async function classNamesOf(
  params: ImageListParameters,
  baseFolder: string,
  inTable: readonly string[] | undefined,
): Promise<readonly string[] | undefined> {
  const { classNames } = params;
  if (typeof classNames !== 'string') return classNames ?? inTable;
  const path = resolve(baseFolder, classNames);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new XaigridError('DATASET_UNREADABLE', `${path} (classNames) cannot be read. Check the path in the spec.`, {
      cause: error,
    });
  });
  return parseClassNames(text, basename(path));
}
