import { readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { XaigridError, type LocalFile } from '@xaigrid/contracts';
import type { DatasetKind } from '../dataset.js';
import { fileFingerprint } from '../fingerprint.js';
import { openImageRegions } from '../regions/image-regions.js';
import { regionSource, type ImageRegions } from '../regions/parameters.js';
import { planRegions } from '../regions/plan-regions.js';
import { decoderVersion, isPillow } from './decode-image.js';
import { createImageBytes } from './image-bytes.js';
import { createImageDataset } from './image-dataset.js';
import { classOf, decodeListing, type Listing } from './listing.js';
import { checkParameters, imageFolderParametersSchema, wantedSize, type ImageFolderParameters } from './parameters.js';
import type { ImageSize } from './pillow-resize.js';
import { normalisationOf } from './normalisations.js';
import { planImages } from './plan-images.js';

const KIND = 'image-folder';

/**
 * Images in one folder per class, sorted by folder and then by file name. Classes are numbered in the order of the folders'
 * names.
 */
export const imageFolderKind: DatasetKind<ImageFolderParameters> = {
  kind: KIND,
  title: 'Images in folders',
  summary: 'Images, with one folder per class.',
  params: imageFolderParametersSchema,
  paths: ({ path, regions }) => (regions === undefined ? [path] : [path, regionSource(regions).path]),
  async files(params, baseFolder) {
    checkParameters(params);
    const files = await planImages(resolve(baseFolder, params.path));
    const [listingFile, ...packs] = files;
    const [part] = listingFile?.parts ?? [];
    if (params.regions === undefined || listingFile === undefined || !(part instanceof Uint8Array)) return files;
    const images = decodeListing(part, listingFile.name);
    const classNames = [...new Set(images.map(classOf))];
    const labels = images.map((image) => classNames.indexOf(classOf(image)));
    return [listingFile, await planRegions(params.regions, baseFolder, { images, classNames, labels }), ...packs];
  },
  plannedParams: ({ path, regions, ...params }) => ({
    ...params,
    path: basename(path),
    ...(regions === undefined ? {} : { regions: withoutPath(regions) }),
  }),
  optionsFor: (_, { found, wanted: [height = 0, width = 0, channels = 0, ...more] }) => {
    if (more.length > 0 || (channels !== 1 && channels !== 3)) return [];
    const size = found[0] === height && found[1] === width ? [] : [`size: [${height}, ${width}]`];
    return found[2] === channels ? size : [...size, `colour: ${channels === 1 ? 'grey' : 'rgb'}`];
  },
  async open({ params, files, filePath, signal }) {
    checkParameters(params);
    const [listingFile, ...others] = files;
    const regionsFile = params.regions === undefined ? undefined : others[0];
    const packs = regionsFile === undefined ? others : others.slice(1);
    if (listingFile === undefined) throw new TypeError('A data set of kind image-folder has a listing.');
    const listing = decodeListing(await contentOf(listingFile, filePath), listingFile.name);
    signal?.throwIfAborted();
    const size = sizeOfSamples(listing, params);
    return createImageDataset({
      listing,
      bytes: createImageBytes({ listing, packs, filePath }),
      size,
      params,
      fingerprint: await fingerprintOf(listing, size, params),
      ...(regionsFile === undefined || params.regions === undefined
        ? {}
        : {
            regions: openImageRegions(
              { ...regionsFile, content: await contentOf(regionsFile, filePath) },
              { of: params.regions.of, count: listing.length },
            ),
          }),
    });
  },
};

/** The source of the regions by its name alone. Workers read what was made of it, and not the source. */
function withoutPath(regions: ImageRegions): ImageRegions {
  const { source, path } = regionSource(regions);
  return { ...regions, [source]: basename(path) };
}

async function contentOf(file: LocalFile, filePath: (file: LocalFile) => Promise<string>): Promise<Uint8Array> {
  const [part] = file.parts ?? [];
  return part instanceof Uint8Array ? part : readFile(await filePath(file));
}

/** @throws SHAPE_MISMATCH if no size is given and the images differ in size. */
function sizeOfSamples(listing: Listing, params: ImageFolderParameters): ImageSize {
  const wanted = wantedSize(params);
  if (wanted !== undefined) return wanted;
  const [first] = listing;
  if (first === undefined) throw new TypeError('A listing has at least one image.');
  const other = listing.find(({ height, width }) => height !== first.height || width !== first.width);
  if (other === undefined) return { height: first.height, width: first.width };
  throw new XaigridError(
    'SHAPE_MISMATCH',
    `The images in ${params.path} have different sizes: ${first.name} has ${first.height}×${first.width}, ${other.name} has ${other.height}×${other.width}. Set the size that the model needs, for example size: [224, 224].`,
  );
}

/**
 * The fingerprint: everything that determines the values and their order. Names of files do not, nor does resampling if nothing
 * is scaled.
 */
async function fingerprintOf(listing: Listing, size: ImageSize, params: ImageFolderParameters): Promise<string> {
  const { colour, fit, shortSide, fill = 0 } = params;
  const { divide, mean, std, bgr } = normalisationOf(params);
  const differ = listing.some(({ height, width }) => height !== size.height || width !== size.width);
  const scaled = differ || shortSide !== undefined;
  const resample = scaled ? params.resample : 'none';
  // Another version of the library may decode JPEG and WebP, or resample, with another last bit.
  const byLibrary = listing.some(({ lossy }) => lossy) || (scaled && !isPillow(params.resample));
  const classNames = [...new Set(listing.map(classOf))];
  const images = listing.map(({ sha256: hash, orientation, name }) => {
    // Before orientations were applied, such images had other values. Their maps are not reused.
    const turned = orientation === undefined ? '' : ` ${orientation}`;
    return `${hash} ${classNames.indexOf(classOf({ name }))}${turned}`;
  });
  return fileFingerprint({
    kind: KIND,
    params: {
      size: { ...size },
      colour,
      divide,
      mean,
      std,
      resample,
      // What was not there before is not part of older fingerprints.
      ...(scaled && fit !== 'stretch' ? { fit, ...(fit === 'crop' ? { shortSide } : { fill }) } : {}),
      ...(bgr === undefined ? {} : { bgr }),
      classNames,
      decoder: byLibrary ? await decoderVersion() : 'exact',
    },
    files: images,
  });
}
