import { XaigridError } from '@xaigrid/contracts';
import { channelsLastShape, sizeOf } from '@xaigrid/tensor';

/** The most values of an input: 1 GiB of float32, as in an image of 8192×8192 with 4 channels. */
export const LARGEST_INPUT = 2 ** 28;

/**
 * The shape of the input without the batch, channels last: the declared shape, with open extents filled in from `given`.
 * @throws SHAPE_MISMATCH if `given` does not fit, MODEL_UNSUPPORTED for an open size that nothing fills in, or an input that is too
 * large
 */
export function resolveInputShape(declared: readonly (number | null)[], given: readonly number[] | undefined): number[] {
  const shape = filledShape(declared, given);
  const size = sizeOf(shape);
  if (size <= LARGEST_INPUT) return shape;
  const wayOut = declared.includes(null) ? 'Give it a smaller inputShape.' : 'Export it for a smaller input.';
  throw new XaigridError(
    'MODEL_UNSUPPORTED',
    `The model's input of ${shape.join('×')} has ${Number(size.toPrecision(3))} values a sample; at most ${LARGEST_INPUT} are supported. ${wayOut}`,
  );
}

function filledShape(declared: readonly (number | null)[], given: readonly number[] | undefined): number[] {
  const shown = declared.map((extent) => extent ?? '?').join('×');
  if (given !== undefined) {
    const fits = given.length === declared.length && declared.every((extent, axis) => extent === null || extent === given[axis]);
    if (fits) return [...given];
    const turned = channelsLastShape(given);
    const meant =
      turned.length === declared.length && declared.every((extent, axis) => extent === null || extent === turned[axis]);
    const wayOut = meant ? ` Give it channels last: inputShape: [${turned.join(', ')}].` : '';
    throw new XaigridError(
      'SHAPE_MISMATCH',
      `The model's input is ${shown}, channels last; the input shape ${given.join('×')} does not fit.${wayOut}`,
    );
  }
  return declared.map((extent) => {
    if (extent !== null) return extent;
    throw new XaigridError(
      'MODEL_UNSUPPORTED',
      `The model's input is ${shown} a sample; a fixed size is needed. Give its inputShape, for example [224, 224, 3].`,
    );
  });
}
