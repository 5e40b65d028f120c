import { z } from 'zod';

/** A number a position axis, or one number for all. */
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

export const globalPoolingSchema = z.object({ data_format: dataFormat, keepdims: z.boolean().default(false) });
export const flattenSchema = z.object({ data_format: dataFormat });
export const denseSchema = z.object({
  units: z.int().positive(),
  activation: activationSchema,
  use_bias: z.boolean().default(true),
});

const border = z.int().nonnegative();
/** `1`, `[1, 2]` (begin and end, or one number an axis), `[[1, 2], [3, 4]]`. */
export const zeroPaddingSchema = z.object({
  padding: z.union([border, z.array(z.union([border, z.tuple([border, border])]))]),
  data_format: dataFormat,
});
