import { inOrder } from '../in-order.js';
import { decodeMask } from './decode-mask.js';
import { createImageIndex, stemOf, type ImageIndex, type RegionImage } from './image-index.js';
import { maskMeaning, noClass, type MaskValues } from './mask-classes.js';
import { findRegionFiles, readRegionFile, regionProblem } from './region-files.js';
import { runsOf, type RegionObject } from './region-objects.js';
import type { ReadObjects } from './read-objects.js';

/** 64 MiB; a mask of 40 million pixels in 16 bits has more only if nothing in it repeats. */
const MOST_BYTES = 2 ** 26;
const READ_AHEAD = 4;

/**
 * Objects from a folder of PNG masks. A mask has the name of its image, with or without the folder of the class; `001_1.png` and
 * `001_2.png` are objects of `001`.
 * @throws DATASET_UNREADABLE naming the file: not a mask, of another size than its image, or with a value that is no class
 */
export async function readMasks(
  folder: string,
  {
    images,
    classNames,
    values,
  }: { readonly images: readonly RegionImage[]; readonly classNames: readonly string[]; readonly values: MaskValues },
): Promise<ReadObjects> {
  const files = await findRegionFiles(folder, '.png');
  const index = createImageIndex(images);
  const found = images.map((): RegionObject[] | null => null);
  const meaningOf = maskMeaning(values, classNames.length);
  const contents = inOrder(files.length, READ_AHEAD, (at) => readRegionFile(files[at]?.path ?? '', MOST_BYTES));
  let unused = 0;
  let at = 0;
  for await (const bytes of contents) {
    const place = `The mask ${files[at]?.name ?? ''} in ${folder}`;
    const image = imageOf(files[at]?.name ?? '', place, index);
    at += 1;
    const { name, height, width } = images[image ?? -1] ?? {};
    if (image === undefined || height === undefined || width === undefined) {
      unused += 1;
      continue;
    }
    const mask = decodeMask(bytes, place);
    if (mask.height !== height || mask.width !== width)
      throw regionProblem(
        `${place} has ${mask.height}×${mask.width} pixels, and its image ${name ?? ''} has ${height}×${width}. A mask has the size of its image`,
      );
    const meant = new Set<number | undefined>();
    for (const value of new Set<number>(mask.values)) {
      const meaning = meaningOf(value);
      if (meaning === 'no class') throw regionProblem(noClass(place, value, values, classNames.length));
      if (meaning !== 'background') meant.add(meaning === 'object' ? undefined : meaning);
    }
    const objects = [...meant]
      .sort((a = -1, b = -1) => a - b)
      .map((label): RegionObject => {
        const runs = runsOf(mask.values, (value) => meaningOf(value) === (label ?? 'object'));
        return label === undefined ? { runs } : { label, runs };
      });
    found[image] = [...(found[image] ?? []), ...objects];
  }
  return { images: found, unused, unusedAre: 'masks', strange: [] };
}

/** The image of a mask: the one with its name, or the one with its name without a number at its end. */
function imageOf(name: string, place: string, index: ImageIndex): number | undefined {
  return (
    index.find(name, place) ?? (/_\d+$/.test(stemOf(name)) ? index.find(stemOf(name).replace(/_\d+$/, ''), place) : undefined)
  );
}
