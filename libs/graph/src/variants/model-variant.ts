import type { RandomisedLayers } from './randomised-layers.js';

/**
 * A model with one change, for metrics that compare its maps with those of the model itself. It is read again at each request.
 */
export type ModelVariant = RandomisedLayers | ShiftedInput;

/** f'(x) = f(x − shift): the variant gives for a sample plus the shift what the model gives for the sample. */
export interface ShiftedInput {
  readonly inputShift: number;
}

export function isShifted(variant: ModelVariant | undefined): variant is ShiftedInput {
  return variant !== undefined && 'inputShift' in variant;
}

export function isRandomised(variant: ModelVariant | undefined): variant is RandomisedLayers {
  return variant !== undefined && 'layers' in variant;
}
