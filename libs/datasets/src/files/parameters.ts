import { layoutSchema, type LayoutOption } from '@xaigrid/contracts';
import { channelsFirstShape, channelsLastShape } from '@xaigrid/tensor';
import { z } from 'zod';
import { arrayRegionsSchema } from '../regions/parameters.js';

/** The parameters of all kinds of data sets from arrays. */
export const arrayParameters = {
  addChannel: z.boolean().default(false).describe('Append a channel axis: [n, length] becomes [n, length, 1].'),
  layout: layoutSchema
    .default('auto')
    .describe('Whether samples have channels-first, [n, channels, ...positions], or channels-last. auto: as the model needs it.'),
  classNames: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe('The names of the classes in the order of their numbers; default the numbers themselves.'),
  multiLabel: z
    .boolean()
    .optional()
    .describe('Whether rows of labels are sets, of several classes or none; default if one of the rows is not one-hot.'),
  regions: arrayRegionsSchema.optional(),
};

interface ArrayParameters {
  readonly addChannel: boolean;
  readonly layout: LayoutOption;
}

/** The parameters that read the same arrays channels first, if the spec leaves the layout open. */
export function channelsFirst<Params extends ArrayParameters>(params: Params): Params | undefined {
  return params.layout === 'auto' && !params.addChannel ? { ...params, layout: 'channels-first' } : undefined;
}

/** The parameters for a plan. A layout that the spec leaves open is dropped. */
export function withoutOpenLayout({ layout, ...params }: ArrayParameters): Readonly<Record<string, unknown>> {
  return layout === 'auto' ? params : { ...params, layout };
}

/** Options for the same arrays with which samples would have the wanted shape. */
export function arrayOptionsFor(
  { addChannel, layout }: ArrayParameters,
  { found, wanted }: { readonly found: readonly number[]; readonly wanted: readonly number[] },
): readonly string[] {
  const fits = (shape: readonly number[]): boolean => shape.join('×') === wanted.join('×');
  if (addChannel) return fits(found.slice(0, -1)) ? ['addChannel: false'] : [];
  if (fits([...found, 1])) return ['addChannel: true'];
  if (layout === 'channels-last' && fits(channelsLastShape(found))) return ['layout: channels-first'];
  if (layout === 'channels-first' && fits(channelsFirstShape(found))) return ['layout: channels-last'];
  return [];
}

export const pathSchema = z.string().min(1);
