import { XaigridError } from '@xaigrid/contracts';
import { positionsOfBatch, type Tensor } from '@xaigrid/tensor';

/**
 * The maps in one of the two shapes by which engines mask: `[n, ...positions]`, one number per position, or `[n, ...inputShape]`.
 * `[n, ...positions, 1]` counts as the first shape if the input has several channels.
 *
 * @param inputs `[n, ...inputShape]`
 * @throws SHAPE_MISMATCH for maps of any other shape.
 */
export function fittedMaps(maps: Tensor, inputs: Tensor): Tensor {
  const positions = positionsOfBatch(inputs.shape);
  if (sameShape(maps.shape, inputs.shape) || sameShape(maps.shape, positions)) return maps;
  if (sameShape(maps.shape, [...positions, 1])) return { shape: positions, data: maps.data };
  throw new XaigridError(
    'SHAPE_MISMATCH',
    `Maps of shape [${maps.shape.join(', ')}] do not fit inputs of shape [${inputs.shape.join(', ')}]. Maps have one number for each position, [${positions.join(', ')}], or for each value.`,
  );
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((extent, axis) => extent === b[axis]);
}
