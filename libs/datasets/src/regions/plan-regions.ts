import { resolve, basename } from 'node:path';
import { sha256, type LocalFile } from '@xaigrid/contracts';
import { readCoco } from './coco.js';
import { describeCounts, emptyCounts, type RegionCounts } from './count-regions.js';
import type { RegionImage } from './image-index.js';
import { readMasks } from './masks-folder.js';
import { regionSource, type ImageRegions } from './parameters.js';
import { regionProblem } from './region-files.js';
import { encodeRegions, objectsOf } from './region-objects.js';
import type { ReadObjects } from './read-objects.js';
import { readVoc } from './voc.js';

/** The images of a data set, in the order of the samples. */
export interface ImagesWithLabels {
  readonly images: readonly RegionImage[];
  readonly labels: readonly number[];
  readonly classNames: readonly string[];
}

/**
 * What a plan says about the regions of images: one file with the objects of all images. Masks, COCO and VOC files are read and
 * checked here once, and do not travel.
 * @throws DATASET_UNREADABLE for files that cannot be understood, and if they say nothing of any image
 */
export async function planRegions(params: ImageRegions, baseFolder: string, about: ImagesWithLabels): Promise<LocalFile> {
  const { path } = regionSource(params);
  const place = resolve(baseFolder, path);
  const read = await readObjects(params, place, about);
  if (read.images.every((objects) => objects === null))
    throw regionProblem(
      `${place} says nothing of any image of the data set. Names must be those of the images, such as ${about.images[0]?.name ?? ''}`,
    );
  const content = encodeRegions(read.images);
  return {
    name: `${basename(place)}, regions`,
    sha256: sha256(content),
    size: content.length,
    parts: [content],
    note: `${place}: ${sentencesOf(read, countsOf(read, params.of, about.labels))}.`,
  };
}

function readObjects(params: ImageRegions, place: string, { images, classNames }: ImagesWithLabels): Promise<ReadObjects> {
  const { classes, firstClass, ignore, use = 'segmentation', crowd = 'leave-out', difficult = 'keep', origin = 1 } = params;
  switch (regionSource(params).source) {
    case 'masks':
      return readMasks(place, { images, classNames, values: { firstClass, ignore } });
    case 'coco':
      return readCoco(place, { images, classNames, classes, use, crowd });
    case 'voc':
      return readVoc(place, { images, classNames, classes, difficult, origin });
  }
}

function countsOf(read: ReadObjects, of: ImageRegions['of'], labels: readonly number[]): RegionCounts {
  const counts = emptyCounts(read.images.length);
  for (const [sample, objects] of read.images.entries()) {
    const own = objectsOf(objects, labels[sample] ?? -1, of);
    if (objects === null) counts.unmentioned += 1;
    else if (objects.length === 0) counts.empty += 1;
    else if (own.length === 0) counts.otherClass += 1;
    else counts.regions += 1;
    if (own.length > 1) counts.several += 1;
  }
  return counts;
}

const MOST_NAMES = 5;

function sentencesOf({ unused, unusedAre, strange, leftOut }: ReadObjects, counts: RegionCounts): string {
  return [
    describeCounts(counts),
    ...(leftOut === undefined ? [] : [`${leftOut} left out`]),
    ...(unused === 0 ? [] : [`${unusedAre} of no image of the data set: ${unused}`]),
    ...(strange.length === 0
      ? []
      : [
          `no class of the data set is called ${strange.slice(0, MOST_NAMES).join(', ')}${strange.length > MOST_NAMES ? ', …' : ''}`,
        ]),
  ].join('; ');
}
