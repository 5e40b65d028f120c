import type { RandomisedLayers } from './randomised-layers.js';

/** The model of a file with one thing changed, for metrics that compare maps of the two; read anew whenever it is asked for. */
export type ModelVariant = RandomisedLayers | ShiftedInput;

/** f'(x) = f(x − shift): what the model says of a sample it says of the sample with the shift added to every value. */
export interface ShiftedInput {
  readonly inputShift: number;
}

export function isShifted(variant: ModelVariant | undefined): variant is ShiftedInput {
  return variant !== undefined && 'inputShift' in variant;
}

export function isRandomised(variant: ModelVariant | undefined): variant is RandomisedLayers {
  return variant !== undefined && 'layers' in variant;
}
