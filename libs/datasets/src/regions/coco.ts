import { z } from 'zod';
import type { ImageSize } from '../images/pillow-resize.js';
import { createClassIndex } from './class-index.js';
import { rowRuns } from './coco-runs.js';
import { createImageIndex, type RegionImage } from './image-index.js';
import { isInImage } from './inside-image.js';
import { readRegionFile, reasonOf, regionProblem } from './region-files.js';
import type { RegionObject } from './region-objects.js';
import type { ReadObjects } from './read-objects.js';

/** JavaScript's longest text is a little longer. The training set of COCO has 450 MB. */
const MOST_BYTES = 500 * 2 ** 20;

const idSchema = z.union([z.number(), z.string()]);

const annotationSchema = z.object({
  id: idSchema.optional(),
  image_id: idSchema,
  category_id: idSchema,
  bbox: z.array(z.number()).length(4).optional(),
  segmentation: z
    .union([
      z.array(z.array(z.number())),
      z.object({ size: z.tuple([z.int().positive(), z.int().positive()]), counts: z.union([z.string(), z.array(z.number())]) }),
    ])
    .nullish(),
  iscrowd: z.union([z.number(), z.boolean()]).optional(),
});
type Annotation = z.infer<typeof annotationSchema>;

const cocoSchema = z.object({
  images: z.array(
    z.object({
      id: idSchema,
      file_name: z.string().min(1),
      height: z.int().positive().optional(),
      width: z.int().positive().optional(),
    }),
  ),
  annotations: z.array(annotationSchema),
  categories: z.array(z.object({ id: idSchema, name: z.string() })),
});

export interface CocoOptions {
  readonly images: readonly RegionImage[];
  readonly classNames: readonly string[];
  readonly classes?: Readonly<Record<string, string>> | undefined;
  readonly use: 'segmentation' | 'boxes';
  readonly crowd: 'leave-out' | 'keep';
}

/**
 * Objects from a file in the format of COCO (https://cocodataset.org/#format-data): boxes [left, top, width, height], polygons, and
 * run lengths, packed or not.
 * @throws DATASET_UNREADABLE naming the image or annotation: an image that is listed twice or has another size, an image or
 * category that is not listed, a box or polygon that leaves the image, run lengths that do not fill it
 */
export async function readCoco(path: string, options: CocoOptions): Promise<ReadObjects> {
  const { images, crowd } = options;
  const coco = parsed(await readRegionFile(path, MOST_BYTES), path);
  const index = createImageIndex(images);
  const places = new Map<string | number, number | undefined>();
  const found = images.map((): RegionObject[] | null => null);
  let unused = 0;
  for (const { id, file_name: name, height, width } of coco.images) {
    if (places.has(id)) throw regionProblem(`${path} lists the image ${String(id)} twice. Each id is of one image`);
    const at = index.find(name, `The image ${name} in ${path}`);
    places.set(id, at);
    const image = images[at ?? -1];
    if (at === undefined || image === undefined) {
      unused += 1;
      continue;
    }
    if ((height ?? image.height) !== image.height || (width ?? image.width) !== image.width)
      throw regionProblem(
        `${path} says that ${name} has ${height ?? '?'}×${width ?? '?'} pixels, and the image has ${image.height}×${image.width}. Its objects would be in wrong places`,
      );
    if (found[at] !== null) throw regionProblem(`${path} lists the image ${image.name} twice. Give it one entry`);
    found[at] = [];
  }
  const classIndex = createClassIndex(options.classNames, options.classes);
  const labels = new Map<string | number, number>();
  for (const { id, name } of coco.categories) {
    if (labels.has(id)) throw regionProblem(`${path} lists the category ${String(id)} twice. Each id is of one category`);
    labels.set(id, classIndex.labelOf(name));
  }
  let crowds = 0;
  for (const [position, annotation] of coco.annotations.entries()) {
    const place = `Annotation ${annotation.id === undefined ? `at position ${position}` : String(annotation.id)} in ${path}`;
    if (!places.has(annotation.image_id))
      throw regionProblem(`${place} is of image ${String(annotation.image_id)}, which is not in the list of images`);
    const label = labels.get(annotation.category_id);
    if (label === undefined)
      throw regionProblem(`${place} is of category ${String(annotation.category_id)}, which is not in the list of categories`);
    const at = places.get(annotation.image_id);
    const image = images[at ?? -1];
    if (at === undefined || image === undefined) continue;
    if (Number(annotation.iscrowd ?? 0) === 1 && crowd === 'leave-out') crowds += 1;
    else found[at]?.push({ label, ...shapeOf(annotation, { image, place, use: options.use }) });
  }
  return {
    ...{ images: found, unused, unusedAre: 'images of that file', strange: [...classIndex.strange] },
    ...(crowds === 0 ? {} : { leftOut: `${crowds} crowd${crowds === 1 ? '' : 's'}` }),
  };
}

function parsed(bytes: Uint8Array, path: string): z.infer<typeof cocoSchema> {
  let data: unknown;
  try {
    data = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw regionProblem(`${path} is not a JSON file (${reasonOf(error)})`, error);
  }
  const result = cocoSchema.safeParse(data);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw regionProblem(
    `${path} is not in the format of COCO: ${(issue?.path ?? []).map(String).join('.')}: ${issue?.message ?? ''}`,
  );
}

type Shape = { readonly box: [number, number, number, number] } | { readonly polygons: number[][] } | { readonly runs: number[] };

function shapeOf(
  { segmentation, bbox }: Annotation,
  {
    image,
    place,
    use,
  }: { readonly image: ImageSize & { readonly name: string }; readonly place: string; readonly use: 'segmentation' | 'boxes' },
): Shape {
  const leaves = (what: string): Error =>
    regionProblem(`${place} has a ${what} that leaves its image ${image.name} of ${image.height}×${image.width}. Correct it`);
  if (use === 'segmentation' && segmentation && !Array.isArray(segmentation)) {
    const [height, width] = segmentation.size;
    if (height !== image.height || width !== image.width)
      throw regionProblem(
        `${place} has run lengths for ${height}×${width} pixels, and its image ${image.name} has ${image.height}×${image.width}`,
      );
    const runs = rowRuns(segmentation.counts, image);
    if (runs === undefined) throw regionProblem(`${place} has run lengths that do not fill its image`);
    return { runs };
  }
  if (use === 'segmentation' && Array.isArray(segmentation) && segmentation.length > 0) {
    for (const polygon of segmentation) {
      if (polygon.length < 6 || polygon.length % 2 === 1)
        throw regionProblem(`${place} has a polygon of ${polygon.length} numbers; it needs x and y of three points at least`);
      if (!isInImage(polygon, image)) throw leaves('polygon');
    }
    return { polygons: segmentation };
  }
  const [left = 0, top = 0, width = 0, height = 0] = bbox ?? [];
  if (bbox === undefined) throw regionProblem(`${place} has neither a segmentation nor a bbox`);
  if (width < 0 || height < 0 || !isInImage([left, top, left + width, top + height], image)) throw leaves('box');
  return { box: [left, top, left + width, top + height] };
}
