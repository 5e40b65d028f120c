import { minMaxScale, resizeAlignments, resizeCubic, resizeLinear, rowsOf, type Tensor } from '@xaigrid/tensor';
import { z } from 'zod';

const resizes = [...resizeAlignments, 'cubic'] as const;

/** How the map of a layer becomes the map of a sample. */
export interface CamMapParams {
  readonly relu: boolean;
  readonly resize: (typeof resizes)[number];
  readonly scaled: boolean;
}

/** The parameters of methods that make a map of one layer. @param relu the method's default: what its paper does */
export function camMapParams(relu: boolean) {
  return {
    relu: z.boolean().default(relu).meta({ description: 'Whether values below 0 are cut off.' }),
    resize: z.enum(resizes).default('half-pixel').meta({
      description:
        "How the layer's map is resized to the positions of the input. half-pixel: linearly between the centres of cells. corners: linearly, with the corners on each other. nearest: not interpolated. cubic: between the centres of cells by Keys's kernel with a = −0.5, as TensorFlow and Xplique; it can go below 0.",
    }),
    scaled: z.boolean().default(false).meta({ description: 'Whether each map is scaled to [0, 1].' }),
  };
}

/**
 * The hashed part of these parameters. Defaults are left out, so that maps from before the parameters existed keep their key.
 * @param relu the method's default
 */
export function plannedCamMap({ relu, resize, scaled }: CamMapParams, defaultRelu: boolean): Partial<CamMapParams> {
  return {
    ...(relu === defaultRelu ? {} : { relu }),
    ...(resize === 'half-pixel' ? {} : { resize }),
    ...(scaled ? { scaled } : {}),
  };
}

/**
 * Cuts the map of a layer off below 0, resizes it and scales it, as the parameters say.
 * @param layerMaps `[n, ...grid]`; the cut changes it in place
 * @returns `[n, ...positions]`
 */
export function camMap(layerMaps: Tensor, { relu, resize, scaled }: CamMapParams, positions: readonly number[]): Tensor {
  const { shape, data } = layerMaps;
  if (relu) for (let at = 0; at < data.length; at++) data[at] = Math.max(data[at] ?? NaN, 0);
  const coarse: Tensor = { shape: [...shape, 1], data };
  const { data: values } = resize === 'cubic' ? resizeCubic(coarse, positions) : resizeLinear(coarse, positions, resize);
  const maps: Tensor = { shape: [shape[0] ?? 0, ...positions], data: values };
  if (!scaled) return maps;
  const size = values.length / Math.max(1, shape[0] ?? 0);
  for (let sample = 0; sample < (shape[0] ?? 0); sample++)
    values.set(minMaxScale(rowsOf(maps, sample, sample + 1).data), sample * size);
  return maps;
}
