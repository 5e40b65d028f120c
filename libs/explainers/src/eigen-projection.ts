import { z } from 'zod';
import { firstComponent } from './first-component.js';

/** The parameter of the methods that project feature maps. @param centred the method's default */
export function centredParam(centred: boolean) {
  return {
    centred: z.boolean().default(centred).meta({
      description:
        'Whether the mean of each feature map is subtracted first. The paper of Eigen-CAM does not; pytorch-grad-cam does.',
    }),
  };
}

/**
 * The values of a layer, `[places, channels]`, projected onto their first principal component: what most of the feature maps have
 * in common. A singular vector has no sign of its own; here, the map agrees with the sum of the feature maps.
 * @returns `[places]`
 */
export function eigenProjection(
  values: Float64Array<ArrayBuffer>,
  { places, channels, centred }: { readonly places: number; readonly channels: number; readonly centred: boolean },
): ArrayLike<number> {
  return firstComponent({ data: centred ? withoutMeans(values, channels) : values, rows: places, columns: channels });
}

function withoutMeans(values: Float64Array<ArrayBuffer>, channels: number): Float64Array<ArrayBuffer> {
  const places = values.length / channels;
  const means = new Float64Array(channels);
  for (const [at, value] of values.entries()) means[at % channels] = (means[at % channels] ?? NaN) + value;
  // Divided after the sum, so that nothing is left of a feature map that has one value.
  for (let channel = 0; channel < channels; channel++) means[channel] = (means[channel] ?? NaN) / places;
  return values.map((value, at) => value - (means[at % channels] ?? NaN));
}
