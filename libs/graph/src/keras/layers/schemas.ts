import { z } from 'zod';

/** One number per position axis, or one number for all. */
const extents = (rank: number) =>
  z.union([
    z
      .int()
      .positive()
      .transform((extent) => Array.from({ length: rank }, () => extent)),
    z.array(z.int().positive()).length(rank),
  ]);

export const activationSchema = z.union([z.string(), z.record(z.string(), z.unknown())]).nullish();

const dataFormat = z.string().nullish();

export const convolutionSchema = (rank: number) =>
  z.object({
    filters: z.int().positive(),
    kernel_size: extents(rank),
    strides: extents(rank).default(Array.from({ length: rank }, () => 1)),
    padding: z.enum(['valid', 'same', 'causal']).default('valid'),
    dilation_rate: extents(rank).default(Array.from({ length: rank }, () => 1)),
    groups: z.int().positive().default(1),
    data_format: dataFormat,
    activation: activationSchema,
    use_bias: z.boolean().default(true),
    output_padding: z.unknown().optional(),
  });

export const depthwiseSchema = (rank: number) =>
  convolutionSchema(rank).extend({ filters: z.int().positive().nullish(), depth_multiplier: z.int().positive().default(1) });

export const poolingSchema = (rank: number) =>
  z.object({
    pool_size: extents(rank),
    strides: extents(rank).nullish(),
    padding: z.enum(['valid', 'same']).default('valid'),
    data_format: dataFormat,
  });

export const adaptivePoolingSchema = (rank: number) => z.object({ output_size: extents(rank), data_format: dataFormat });
export const globalPoolingSchema = z.object({ data_format: dataFormat, keepdims: z.boolean().default(false) });
export const flattenSchema = z.object({ data_format: dataFormat });
export const denseSchema = z.object({
  units: z.int().positive(),
  activation: activationSchema,
  use_bias: z.boolean().default(true),
});

const border = z.int().nonnegative();
/** The amount added to the borders, or cut off: `1`, `[1, 2]` (begin and end, or one number per axis), `[[1, 2], [3, 4]]`. */
export const zeroPaddingSchema = z.object({
  padding: z.union([border, z.array(z.union([border, z.tuple([border, border])]))]),
  data_format: dataFormat,
});
export const croppingSchema = z
  .object({ cropping: zeroPaddingSchema.shape.padding, data_format: dataFormat })
  .transform(({ cropping, ...rest }) => ({ padding: cropping, ...rest }));

const interpolation = z.string().default('nearest');
export const upSamplingSchema = (rank: number) =>
  z.object({ size: extents(rank).default(Array.from({ length: rank }, () => 2)), data_format: dataFormat, interpolation });
export const resizingSchema = z.object({
  height: z.int().positive(),
  width: z.int().positive(),
  interpolation: z.string().default('bilinear'),
  crop_to_aspect_ratio: z.boolean().default(false),
  pad_to_aspect_ratio: z.boolean().default(false),
  antialias: z.boolean().default(false),
  fill_value: z.number().nullish(),
  data_format: dataFormat,
});
