import { SaxesParser } from 'saxes';
import { inOrder } from '../in-order.js';
import { createClassIndex } from './class-index.js';
import { createImageIndex, type RegionImage } from './image-index.js';
import { isInImage } from './inside-image.js';
import { findRegionFiles, readRegionFile, reasonOf, regionProblem } from './region-files.js';
import type { RegionObject } from './region-objects.js';
import type { ReadObjects } from './read-objects.js';

const MOST_BYTES = 2 ** 24;
const READ_AHEAD = 8;

export interface VocOptions {
  readonly images: readonly RegionImage[];
  readonly classNames: readonly string[];
  readonly classes?: Readonly<Record<string, string>> | undefined;
  readonly difficult: 'leave-out' | 'keep';
  /** The number of the first pixel. */
  readonly origin: 0 | 1;
}

/**
 * Boxes from a folder of XML files as Pascal VOC has them (Everingham et al. 2010, IJCV 88; devkit_doc of VOC2012), and ImageNet
 * for its localisation task. A file has the name of its image. A box reaches from the first pixel of xmin to the last of xmax.
 * @throws DATASET_UNREADABLE naming the file: not XML, another size than its image, an object without a name or a box, a box that
 * leaves the image
 */
export async function readVoc(folder: string, options: VocOptions): Promise<ReadObjects> {
  const { images } = options;
  const files = await findRegionFiles(folder, '.xml');
  const index = createImageIndex(images);
  const classIndex = createClassIndex(options.classNames, options.classes);
  const found = images.map((): RegionObject[] | null => null);
  const contents = inOrder(files.length, READ_AHEAD, (at) => readRegionFile(files[at]?.path ?? '', MOST_BYTES));
  let [unused, difficult, at] = [0, 0, 0];
  for await (const bytes of contents) {
    const { name: file = '' } = files[at] ?? {};
    at += 1;
    const place = `${file} in ${folder}`;
    const here = index.find(file, place);
    const image = images[here ?? -1];
    if (here === undefined || image === undefined) {
      unused += 1;
      continue;
    }
    if (found[here] !== null) throw regionProblem(`${place} is of the image ${image.name}, which has another file there`);
    const { size, objects } = parsed(bytes, place);
    const [height = 0, width = 0] = [size.height, size.width];
    // Tools that do not know the size write 0.
    if ((height > 0 && height !== image.height) || (width > 0 && width !== image.width))
      throw regionProblem(`${place} is for an image of ${height}×${width}, and ${image.name} has ${image.height}×${image.width}`);
    const taken: RegionObject[] = [];
    for (const object of objects) {
      if (object.difficult === '1' && options.difficult === 'leave-out') difficult += 1;
      else
        taken.push({
          label: classIndex.labelOf(object.name ?? ''),
          box: boxOf(object, { image, place, origin: options.origin }),
        });
    }
    found[here] = taken;
  }
  return {
    ...{ images: found, unused, unusedAre: 'XML files', strange: [...classIndex.strange] },
    ...(difficult === 0 ? {} : { leftOut: `${difficult} difficult object${difficult === 1 ? '' : 's'}` }),
  };
}

/** The texts of an `<object>`, by the names of their elements. */
interface VocObject {
  name?: string;
  difficult?: string;
  xmin?: string;
  ymin?: string;
  xmax?: string;
  ymax?: string;
}

interface VocFile {
  readonly size: { height?: number; width?: number };
  readonly objects: readonly VocObject[];
}

function parsed(bytes: Uint8Array, place: string): VocFile {
  const objects: VocObject[] = [];
  const size: { height?: number; width?: number } = {};
  const path: string[] = [];
  let text = '';
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name }) => {
    path.push(name);
    text = '';
    if (path.join('/') === 'annotation/object') objects.push({});
  });
  parser.on('text', (more) => (text += more));
  parser.on('closetag', () => {
    const [, ...within] = path;
    const value = text.trim();
    path.pop();
    text = '';
    const object = objects.at(-1);
    const where = within.join('/');
    if (where === 'size/height' || where === 'size/width') size[within[1] === 'height' ? 'height' : 'width'] = Number(value);
    if (object === undefined || within[0] !== 'object') return;
    if (where === 'object/name') object.name = value;
    else if (where === 'object/difficult') object.difficult = value;
    // Parts of a person have names and boxes too, deeper in.
    for (const side of ['xmin', 'ymin', 'xmax', 'ymax'] as const) if (where === `object/bndbox/${side}`) object[side] = value;
  });
  try {
    parser.write(new TextDecoder('utf-8', { fatal: true }).decode(bytes)).close();
  } catch (error) {
    throw regionProblem(`${place} is not an XML file (${reasonOf(error)})`, error);
  }
  return { size, objects };
}

function boxOf(
  { name = '', xmin, ymin, xmax, ymax }: VocObject,
  { image, place, origin }: { readonly image: RegionImage; readonly place: string; readonly origin: 0 | 1 },
): [number, number, number, number] {
  if (name === '') throw regionProblem(`${place} has an object without a name`);
  const sides = [xmin, ymin, xmax, ymax].map((side) => (side === undefined || side === '' ? NaN : Number(side)));
  const [left = NaN, top = NaN, right = NaN, bottom = NaN] = sides;
  if (!sides.every(Number.isFinite) || left > right || top > bottom)
    throw regionProblem(`${place} has an object "${name}" without a box: it needs xmin ≤ xmax and ymin ≤ ymax`);
  const box: [number, number, number, number] = [left - origin, top - origin, right - origin + 1, bottom - origin + 1];
  if (isInImage(box, image) && box[0] >= 0 && box[1] >= 0) return box;
  const hint = left < origin || top < origin ? ' If it counts pixels from 0, write origin: 0' : ' Correct it';
  throw regionProblem(
    `${place} has an object "${name}" with a box that leaves its image ${image.name} of ${image.height}×${image.width}.${hint}`,
  );
}
