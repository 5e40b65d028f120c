import { readFile } from 'node:fs/promises';
import { XaigridError, type FileReference, type LocalFile } from '@xaigrid/contracts';
import type { Dataset } from '../dataset.js';
import { fileFingerprint } from '../fingerprint.js';
import { openImageRegions } from '../regions/image-regions.js';
import { decoderVersion, isPillow } from './decode-image.js';
import { createImageBytes } from './image-bytes.js';
import { createImageDataset } from './image-dataset.js';
import type { Listing } from './listing.js';
import { normalisationOf } from './normalisations.js';
import { wantedSize, type ImageParameters } from './parameters.js';
import type { ImageSize } from './pillow-resize.js';

/** The images of a data set with their labels, as its kind found them. */
export interface LabelledImages {
  readonly listing: Listing;
  readonly classNames: readonly string[];
  /** `[images]` */
  readonly labels: Int32Array<ArrayBuffer>;
}

/** Opens images from their listing, the file of their regions if there is one, and their packs. */
export async function openImages(
  { listing, classNames, labels }: LabelledImages,
  options: {
    /** What the images are from, in messages. */
    readonly place: string;
    readonly params: ImageParameters;
    /** The files after the listing. */
    readonly files: readonly LocalFile[];
    readonly filePath: (file: FileReference) => Promise<string>;
    readonly local?: (path: string, index: number) => Promise<Uint8Array | undefined>;
  },
): Promise<Dataset> {
  const { params, files, filePath, local, place } = options;
  const regionsFile = params.regions === undefined ? undefined : files[0];
  const packs = regionsFile === undefined ? files : files.slice(1);
  const size = sizeOfSamples(listing, params, place);
  return createImageDataset({
    ...{ listing, classNames, labels, size, params },
    bytes: createImageBytes({ listing, packs, filePath, ...(local === undefined ? {} : { local }) }),
    fingerprint: await fingerprintOf({ listing, classNames, labels }, size, params),
    ...(regionsFile === undefined || params.regions === undefined
      ? {}
      : {
          regions: openImageRegions(
            { ...regionsFile, content: await contentOf(regionsFile, filePath) },
            { of: params.regions.of, count: listing.length },
          ),
        }),
  });
}

/** The bytes of a file that this process made when it planned, or that of the plan. */
export async function contentOf(file: LocalFile, filePath: (file: LocalFile) => Promise<string>): Promise<Uint8Array> {
  const [part] = file.parts ?? [];
  return part instanceof Uint8Array ? part : readFile(await filePath(file));
}

/** @throws SHAPE_MISMATCH if no size is given and the images differ in size. */
function sizeOfSamples(listing: Listing, params: ImageParameters, place: string): ImageSize {
  const wanted = wantedSize(params);
  if (wanted !== undefined) return wanted;
  const [first] = listing;
  if (first === undefined) throw new TypeError('A listing has at least one image.');
  const other = listing.find(({ height, width }) => height !== first.height || width !== first.width);
  if (other === undefined) return { height: first.height, width: first.width };
  throw new XaigridError(
    'SHAPE_MISMATCH',
    `The images in ${place} have different sizes: ${first.name} has ${first.height}×${first.width}, ${other.name} has ${other.height}×${other.width}. Set the size that the model needs, for example size: [224, 224].`,
  );
}

/**
 * The fingerprint: everything that determines the values and their order. Names of files do not, nor does resampling if nothing
 * is scaled. So a list of images is the same data set as a folder of them.
 */
async function fingerprintOf(
  { listing, classNames, labels }: LabelledImages,
  size: ImageSize,
  params: ImageParameters,
): Promise<string> {
  const { colour, fit, shortSide, fill = 0 } = params;
  const { divide, mean, std, bgr } = normalisationOf(params);
  const differ = listing.some(({ height, width }) => height !== size.height || width !== size.width);
  const scaled = differ || shortSide !== undefined;
  const resample = scaled ? params.resample : 'none';
  // Another version of the library may decode JPEG and WebP, or resample, with another last bit.
  const byLibrary = listing.some(({ lossy }) => lossy) || (scaled && !isPillow(params.resample));
  const images = listing.map(({ sha256: hash, orientation }, index) => {
    // Before orientations were applied, such images had other values. Their maps are not reused.
    const turned = orientation === undefined ? '' : ` ${orientation}`;
    return `${hash} ${labels[index] ?? 0}${turned}`;
  });
  return fileFingerprint({
    kind: 'image-folder',
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
