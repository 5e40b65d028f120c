import { z } from 'zod';

const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/);

/**
 * A file that a run needs, identified by its content. `name` is its name relative to whatever refers to it. `path` is its place
 * on the planning machine; a process on the same machine tries it first.
 */
export const fileReferenceSchema = z.object({
  name: z.string().min(1),
  sha256: sha256Schema,
  size: z.int().nonnegative(),
  path: z.string().optional(),
});
export type FileReference = z.infer<typeof fileReferenceSchema>;

/** A file on the machine that plans. Only its reference goes into the plan. */
export interface LocalFile extends FileReference {
  /**
   * The parts of its content, one after the other: paths of files, bytes, or what reads bytes when they are needed. Absent: the
   * file at `path`. With parts, `path` may be the folder or file that holds them, for processes that find them there themselves.
   */
  readonly parts?: FileParts;
  /** One sentence that the user should know about the file. */
  readonly note?: string;
}
export type FilePart = string | Uint8Array<ArrayBuffer> | (() => Promise<Uint8Array<ArrayBuffer>>);
export type FileParts = readonly FilePart[];

/** The most bytes of a file, or of a folder of images, that goes through the store: 2 GiB, the limit of an ONNX file. */
export const LARGEST_ARTIFACT = 2 * 1024 ** 3;

/** Whether a sample of an array or of a model's input is `[channels, ...positions]` or `[...positions, channels]`. */
export const layouts = ['channels-first', 'channels-last'] as const;
export type Layout = (typeof layouts)[number];

/** The layout as a spec gives it. With `auto` it is detected and shown. */
export const layoutSchema = z.enum(['auto', ...layouts]);
export type LayoutOption = z.infer<typeof layoutSchema>;

/** A data set that a worker can open on any machine: its kind, its parameters without paths, its files by hash. */
export const datasetReferenceSchema = z.object({
  name: z.string().min(1),
  kind: z.string().min(1),
  params: z.record(z.string(), z.json()),
  files: z.array(fileReferenceSchema),
  /** The value that `Dataset.info.fingerprint` must have after opening. */
  fingerprint: sha256Schema,
  size: z.int().nonnegative(),
  sampleShape: z.array(z.int().positive()).min(1),
  classNames: z.array(z.string()),
  /** The names of a table's features, if its files have them. They are part of no key. */
  featureNames: z.array(z.string()).optional(),
  /** Whether its samples come with the region that determines their class. */
  regions: z.boolean().optional(),
  /**
   * The hash of its regions, if they come from files of their own. Scores of localisation depend on it, and nothing else does.
   * The regions of generated data sets are part of `fingerprint`.
   */
  regionsFingerprint: sha256Schema.optional(),
  /** Whether a sample may have several labels, or none. */
  labelSets: z.boolean().optional(),
});
export type DatasetReference = z.infer<typeof datasetReferenceSchema>;

/** One output of a model, and what its numbers are. */
const outputSchema = z.strictObject({
  name: z.string().min(1).optional().meta({ description: 'The output, as `xaigrid inspect` lists it.' }),
  values: z.enum(['logits', 'probabilities']).optional().meta({ description: 'What its numbers are.' }),
});

/** What a user may say about a model beyond what its file says. */
export const modelOptionsSchema = z.object({
  inputShape: z
    .array(z.int().positive())
    .min(1)
    .optional()
    .meta({ description: 'Size of a sample, channels last, if the file leaves it open: [224, 224, 3].' }),
  layout: layoutSchema.optional().meta({
    description:
      'Whether the input of an ONNX file has channels first or last. auto, the default: as its first operators use it; inspect shows the result.',
  }),
  output: z
    .union([z.string().min(1), outputSchema])
    .optional()
    .meta({
      description:
        'The name of one of several outputs; or what the output gives: logits or probabilities; or both: {name, values}. Default: the only output with one number per class. It gives probabilities if it ends in Softmax or Sigmoid, else logits, which get a Softmax. An output of one number has two classes: it is the probability or the log-odds of class 1.',
    }),
  multiLabel: z.boolean().optional().meta({
    description:
      'Whether a sample may have several classes: each logit gets a Sigmoid, and there is no Softmax. Default: only if the model ends in Sigmoid.',
  }),
});
export type ModelOptions = z.infer<typeof modelOptionsSchema>;

/** The given options without those that are undefined. */
export function givenModelOptions({ inputShape, layout, output, multiLabel }: ModelOptions = {}) {
  return {
    ...(inputShape === undefined ? {} : { inputShape }),
    ...(layout === undefined ? {} : { layout }),
    ...(output === undefined ? {} : { output }),
    ...(multiLabel === undefined ? {} : { multiLabel }),
  };
}

/** A model that a worker can open on any machine. `files[0]` is the file that the user named. */
export const modelReferenceSchema = z.object({
  name: z.string().min(1),
  format: z.enum(['keras-hdf5', 'keras-archive', 'tfjs-layers', 'onnx']),
  files: z.array(fileReferenceSchema).min(1),
  options: modelOptionsSchema.optional(),
  /** The hash of the hashes of all files, and of what is added to what the files say: see `modelFingerprint` of libs/service. */
  fingerprint: sha256Schema,
});
export type ModelReference = z.infer<typeof modelReferenceSchema>;
export type ModelFormat = ModelReference['format'];
