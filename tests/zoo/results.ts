import { z } from 'zod';

/** What a family's script says of the files it wrote. */
export const manifestSchema = z.strictObject({
  classes: z.int(),
  parameters: z.int(),
  /** Channels last; samples and gradients in .npy files are channels first. */
  inputShape: z.array(z.int()),
  /** Why the library has no float64 of this model. */
  float64_error: z.string().nullable(),
  /** How much the gradients of the samples depend on rounding, as a share of their largest values. */
  gradient_by_rounding: z.number(),
  exports: z.array(
    z.union([
      z.strictObject({
        name: z.string(),
        file: z.string(),
        /** Files that the weights are in. */
        beside: z.array(z.string()),
        /** Whether every method is tried. */
        explained: z.boolean(),
        /** By how much the file as it is misses the library's probabilities, or what ONNX Runtime says where it refuses the file. */
        own: z.union([z.number(), z.string()]).optional(),
      }),
      /** What the library said when it could not write it. */
      z.strictObject({ name: z.string(), refused: z.string() }),
    ]),
  ),
});
export type Manifest = z.infer<typeof manifestSchema>;

const methodResult = z.strictObject({
  method: z.string(),
  /** `refused`: before anything is computed, by a sentence of `inspect` or `validate`. */
  outcome: z.enum(['works', 'refused', 'failed']),
  said: z.string().optional(),
  /** Of Deep SHAP: the largest |Σφ − Δp|. */
  additivityError: z.number().optional(),
  /** Maps that are the same everywhere. */
  constantMaps: z.int().optional(),
});
export type MethodResult = z.infer<typeof methodResult>;

const exportResult = z.strictObject({
  name: z.string(),
  /** `misread`: refused by the check against the file itself; `unwritten`: the library did not export it. */
  outcome: z.enum(['loads', 'refused', 'misread', 'failed', 'unwritten']),
  said: z.string().optional(),
  /** Why it takes one sample at a time. */
  alone: z.string().optional(),
  /** max |p − p of the library| over samples and classes. */
  predictionError: z.number().optional(),
  /** max |∂p − the library's| over the largest of the library's, of the worst sample. */
  gradientError: z.number().optional(),
  gradientRefused: z.string().optional(),
  methods: z.array(methodResult).optional(),
});
export type ExportResult = z.infer<typeof exportResult>;

/** Of one architecture. */
export const measuredResult = z.strictObject({
  parameters: z.int(),
  inputShape: z.array(z.int()),
  /** What errors are taken against. */
  precision: z.enum(['float64', 'float32']),
  /** The same errors of the library itself in float32; of the gradient what rounding does, where that is more. */
  own: z.strictObject({ predictionError: z.number(), gradientError: z.number() }),
  exports: z.array(exportResult),
});
export type Measured = z.infer<typeof measuredResult>;

export const architectureResult = measuredResult.extend({
  /** Of what was measured with what: another one is out of date. */
  key: z.string(),
  date: z.string(),
  versions: z.record(z.string(), z.string()),
});
export type ArchitectureResult = z.infer<typeof architectureResult>;
