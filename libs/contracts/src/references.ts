import { z } from 'zod';

const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/);

/**
 * A file that a run needs, known by its content. `name` is the file's name relative to whatever refers to it; `path` is
 * where the planning process saw it, tried first by a process on the same machine.
 */
export const fileReferenceSchema = z.object({
  name: z.string().min(1),
  sha256: sha256Schema,
  size: z.int().nonnegative(),
  path: z.string().optional(),
});
export type FileReference = z.infer<typeof fileReferenceSchema>;

/** A file as the process that plans has it; only the reference goes into the plan. */
export interface LocalFile extends FileReference {
  /**
   * What its bytes are put together from, one after another: files on this machine, or bytes. Left out: the file at `path`. With
   * parts, `path` may be the folder they are in, for processes that find them there by themselves.
   */
  readonly parts?: FileParts;
  /** What the user should know of it, one sentence. */
  readonly note?: string;
}
export type FileParts = readonly (string | Uint8Array<ArrayBuffer>)[];

/** Bytes of the largest file, or folder of images, that travels through the store: 2 GiB, what a file of ONNX may have at most. */
export const LARGEST_ARTIFACT = 2 * 1024 ** 3;

/** Where an array or a model's input has its channels: `[channels, ...positions]` or `[...positions, channels]` a sample. */
export const layouts = ['channels-first', 'channels-last'] as const;
export type Layout = (typeof layouts)[number];

/** As a spec says it; `auto` is found out, and what was found is shown. */
export const layoutSchema = z.enum(['auto', ...layouts]);
export type LayoutOption = z.infer<typeof layoutSchema>;

/** A data set as a worker can open it anywhere: its kind, its parameters without paths, its files by hash. */
export const datasetReferenceSchema = z.object({
  name: z.string().min(1),
  kind: z.string().min(1),
  params: z.record(z.string(), z.json()),
  files: z.array(fileReferenceSchema),
  /** What `Dataset.info.fingerprint` must be after opening. */
  fingerprint: sha256Schema,
  size: z.int().nonnegative(),
  sampleShape: z.array(z.int().positive()).min(1),
  classNames: z.array(z.string()),
  /** What the features of a table are called, where its files say it; part of no key. */
  featureNames: z.array(z.string()).optional(),
  /** Whether its samples come with the region that makes their class. */
  regions: z.boolean().optional(),
  /** Whether a sample may have several labels, or none. */
  labelSets: z.boolean().optional(),
});
export type DatasetReference = z.infer<typeof datasetReferenceSchema>;

/** One of a model's outputs, and what its numbers are. */
const outputSchema = z.strictObject({
  name: z.string().min(1).optional().meta({ description: 'The output, as `xaigrid inspect` lists it.' }),
  values: z.enum(['logits', 'probabilities']).optional().meta({ description: 'What its numbers are.' }),
});

/** What a user may say of a model's file, beyond what the file says. */
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

/** The options that were given, none of them undefined. */
export function givenModelOptions({ inputShape, layout, output, multiLabel }: ModelOptions = {}) {
  return {
    ...(inputShape === undefined ? {} : { inputShape }),
    ...(layout === undefined ? {} : { layout }),
    ...(output === undefined ? {} : { output }),
    ...(multiLabel === undefined ? {} : { multiLabel }),
  };
}

/** A model as a worker can open it anywhere. `files[0]` is the file the user named. */
export const modelReferenceSchema = z.object({
  name: z.string().min(1),
  format: z.enum(['keras-hdf5', 'keras-archive', 'tfjs-layers', 'onnx']),
  files: z.array(fileReferenceSchema).min(1),
  options: modelOptionsSchema.optional(),
  /** Hash over the hashes of all files, and over what is added to what they say. */
  fingerprint: sha256Schema,
});
export type ModelReference = z.infer<typeof modelReferenceSchema>;
export type ModelFormat = ModelReference['format'];
