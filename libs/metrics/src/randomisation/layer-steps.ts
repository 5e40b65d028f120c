import { XaigridError } from '@xaigrid/contracts';
import { randomisations, type ModelDescription, type RandomisedLayers } from '@xaigrid/engine';
import { z } from 'zod';

const orders = ['top-down', 'bottom-up', 'independent'] as const;
const countSchema = z.int().positive();

export const layersParameter = z
  .union([z.enum(['all', 'each']), countSchema, z.array(countSchema).min(1)])
  .default('all')
  .meta({
    description:
      'How many layers with a kernel are randomised, with what follows each up to the next: all; each, a row for every number from one to all; or these numbers.',
  });
export const orderParameter = (byDefault: (typeof orders)[number]) =>
  z.enum(orders).default(byDefault).meta({
    description:
      'From which end layers are counted: top-down from the output, bottom-up from the input; independent: that one from the output alone.',
  });
export const byParameter = z.enum(randomisations).default('shuffle').meta({
  description:
    'How weights are randomised: shuffle puts the values of each weight into a random order; redraw draws them anew from a normal distribution of the weight’s own mean and standard deviation, cut to its range.',
});

/** Which layers are randomised, and how. */
export interface Step {
  readonly order: (typeof orders)[number];
  /** The number of layers with a kernel, counted as `order` says. */
  readonly layers: number;
  readonly by: RandomisedLayers['by'];
}

/**
 * The numbers of layers that the parameter asks for.
 * @throws SPEC_INVALID for a model without weights, and for more layers than it has
 */
export function layerCounts(
  layers: z.infer<typeof layersParameter>,
  { weightSteps: { length: most } }: ModelDescription,
): number[] {
  if (most === 0) throw new XaigridError('SPEC_INVALID', 'The model has no layer with weights that could be randomised.');
  const wanted =
    layers === 'all' ? [most] : layers === 'each' ? Array.from({ length: most }, (_, at) => at + 1) : [layers].flat();
  const tooMany = wanted.find((number) => number > most);
  if (tooMany !== undefined)
    throw new XaigridError(
      'SPEC_INVALID',
      `layers: ${tooMany} are more than the ${most} layers with a kernel that the model has.`,
    );
  return [...new Set(wanted)];
}

/** The number of layers in a completed setting. */
export const layersOf = ({ layers }: { readonly layers: unknown }): number => countSchema.parse(layers);

/** The variant of the model with the layers of this step randomised. */
export function variantAt(
  { order, layers, by }: Step,
  { weightSteps }: Pick<ModelDescription, 'weightSteps'>,
  seed: number,
): RandomisedLayers {
  const most = weightSteps.length;
  const steps = {
    'top-down': weightSteps.slice(most - layers),
    'bottom-up': weightSteps.slice(0, layers),
    independent: weightSteps.slice(most - layers, most - layers + 1),
  };
  return { layers: steps[order].flat(), seed, by };
}
