import { XaigridError } from '@xaigrid/contracts';
import { z } from 'zod';

const pathSchema = z.string().min(1);

/** Which objects make the region of a sample, and which classes the values of a mask are. */
const shared = {
  of: z
    .enum(['label', 'any'])
    .default('label')
    .describe(
      'Which objects form the region of a sample. label: those of its label, and those without a class. any: all of them, whatever their class.',
    ),
  firstClass: z
    .int()
    .min(0)
    .optional()
    .describe(
      'The values of a mask are classes: this value is class 0, the next one class 1, and values below it are background. Absent: every value but 0 is the region, whatever the class.',
    ),
  ignore: z
    .array(z.int().min(0))
    .min(1)
    .optional()
    .describe('Values of a mask that are background, whatever else is said: [255] for the void of Pascal VOC.'),
};

/** Regions of arrays: a .npy file with one number per position. */
export interface ArrayRegions {
  readonly npy: string;
  readonly of: 'label' | 'any';
  readonly firstClass?: number | undefined;
  readonly ignore?: readonly number[] | undefined;
}

export const arrayRegionsSchema = z
  .union([pathSchema, z.strictObject({ npy: pathSchema, ...shared })])
  .transform((given): ArrayRegions => (typeof given === 'string' ? { npy: given, of: 'label' } : given))
  .describe(
    'Where in a sample its class shows, for metrics of localisation: a .npy file [n, ...positions], 0 outside. Or { npy, of, firstClass, ignore }.',
  );

const sources = ['masks', 'coco', 'voc'] as const;
export type RegionSource = (typeof sources)[number];

/** Which source an option belongs to. The others have no such thing. */
const sourcesOfOptions = {
  firstClass: ['masks'],
  ignore: ['masks'],
  use: ['coco'],
  crowd: ['coco'],
  difficult: ['voc'],
  origin: ['voc'],
  classes: ['coco', 'voc'],
} as const satisfies Readonly<Record<string, readonly RegionSource[]>>;

/** Regions of images: a folder of masks, a COCO file, or a folder of Pascal VOC files. */
export const imageRegionsSchema = z
  .strictObject({
    masks: pathSchema
      .optional()
      .describe(
        'A folder of PNG masks, named as the images: class/001.png or 001.png, and 001_1.png, 001_2.png for several objects.',
      ),
    coco: pathSchema.optional().describe('A JSON file in the format of COCO: boxes, polygons and run lengths.'),
    voc: pathSchema
      .optional()
      .describe('A folder of XML files as Pascal VOC and ImageNet have them, named as the images: boxes.'),
    ...shared,
    use: z
      .enum(['segmentation', 'boxes'])
      .optional()
      .describe(
        'What of COCO: the segmentation of an object, or its box if it has none; or always the box. Default: segmentation.',
      ),
    crowd: z
      .enum(['leave-out', 'keep'])
      .optional()
      .describe('What to do with the crowds of COCO (iscrowd: 1). Default: leave-out.'),
    difficult: z
      .enum(['leave-out', 'keep'])
      .optional()
      .describe('What to do with the objects that Pascal VOC calls difficult. Default: keep.'),
    origin: z
      .literal([0, 1])
      .optional()
      .describe('The number of the first pixel in Pascal VOC files. Default: 1, as in VOC itself.'),
    classes: z
      .record(z.string(), z.string().min(1))
      .optional()
      .describe('The class that a name in COCO or VOC means, where the two differ: { n01440764: tench }.'),
  })
  .superRefine((params, context) => {
    const given = sources.filter((source) => params[source] !== undefined);
    const [source, ...more] = given;
    if (source === undefined || more.length > 0) {
      context.addIssue({
        code: 'custom',
        message: `Regions come from one of ${sources.join(', ')}; ${given.length === 0 ? 'none is given' : `${given.join(' and ')} are given`}.`,
      });
      return;
    }
    for (const [option, belongs] of Object.entries(sourcesOfOptions)) {
      if (params[option as keyof typeof sourcesOfOptions] === undefined || belongs.some((one) => one === source)) continue;
      context.addIssue({
        code: 'custom',
        path: [option],
        message: `${option} belongs to ${belongs.join(' and ')}, not to ${source}.`,
      });
    }
  });
export type ImageRegions = z.infer<typeof imageRegionsSchema>;

/** The source of the regions, and its path. */
export function regionSource(params: ImageRegions): { readonly source: RegionSource; readonly path: string } {
  for (const source of sources) {
    const path = params[source];
    if (path !== undefined) return { source, path };
  }
  throw new XaigridError('SPEC_INVALID', `Regions come from one of ${sources.join(', ')}; none is given.`);
}
