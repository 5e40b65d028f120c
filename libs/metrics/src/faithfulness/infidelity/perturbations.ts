import { addNormalNoise, channelsOfShape, positionsOfShape, sizeOf, type SampleRandom } from '@xaigrid/tensor';
import { gridOf } from '../../perturbation/units.js';
import type { InfidelitySetting } from './settings.js';

type Float32 = Float32Array<ArrayBuffer>;
/** Indices of values in an input. */
export type Places = readonly number[] | Int32Array<ArrayBuffer>;

/**
 * Changes a copy of a sample in place.
 * @returns the places that now hold the baseline; undefined if every value has changed
 */
type Perturb = (values: Float32, copy: number) => Places | undefined;

/** One way to change samples. */
export interface Perturbation {
  /** The number of copies of each sample. */
  readonly copies: number;
  readonly of: (sample: { readonly baseline: Float32; readonly random: SampleRandom }) => Perturb;
}

/** The number of changed copies of each sample. */
export function copiesOf(setting: InfidelitySetting, inputShape: readonly number[]): number {
  return 'draws' in setting
    ? setting.draws
    : positionsOfShape(inputShape).reduce((count, extent) => (count * extent) / setting.side, 1);
}

/** The perturbation of a setting, for inputs of this shape. */
export function perturbationOf(setting: InfidelitySetting, inputShape: readonly number[]): Perturbation {
  const copies = copiesOf(setting, inputShape);
  switch (setting.perturbation) {
    case 'noisy-baseline':
      return { copies, of: ({ baseline, random }) => noise(setting.deviation, random, baseline) };
    case 'noise':
      return { copies, of: ({ random }) => noise(setting.deviation, random) };
    case 'square': {
      const draw = squareDrawer(inputShape, setting.side);
      return {
        copies,
        of:
          ({ baseline, random }) =>
          (values) =>
            replaced(values, baseline, draw(random)),
      };
    }
    case 'blocks': {
      const { side } = setting;
      const { ofValue } = gridOf(inputShape, {
        cells: (extent) => extent / side,
        cellOf: (place) => Math.floor(place / side),
      });
      const inOrder = Int32Array.from(ofValue.keys()).sort((a, b) => (ofValue[a] ?? NaN) - (ofValue[b] ?? NaN));
      const each = inOrder.length / copies;
      return {
        copies,
        of:
          ({ baseline }) =>
          (values, block) =>
            replaced(values, baseline, inOrder.subarray(0, (block + 1) * each)),
      };
    }
  }
}

/** Normal noise around the baseline, or around the sample itself. */
function noise(deviation: number, random: SampleRandom, baseline?: Float32): Perturb {
  return (values) => {
    addNormalNoise(values, baseline ?? values, deviation, random);
    return undefined;
  };
}

function replaced(values: Float32, baseline: Float32, places: Places): Places {
  for (const place of places) values[place] = baseline[place] ?? NaN;
  return places;
}

/**
 * Draws a square of 1 to `largest` positions along a side; all sizes and places are equally likely. It returns the places of the
 * square's values.
 */
function squareDrawer(inputShape: readonly number[], largest: number): (random: SampleRandom) => number[] {
  const positions = positionsOfShape(inputShape);
  const channels = channelsOfShape(inputShape);
  const counts = Array.from({ length: largest }, (_, i) => positions.reduce((count, extent) => count * (extent - i), 1));
  const total = counts.reduce((sum, count) => sum + count, 0);
  return (random) => {
    let lot = random.integer(total);
    let side = 1;
    while (lot >= (counts[side - 1] ?? Infinity)) lot -= counts[side++ - 1] ?? 0;
    let places = [0];
    for (const [axis, extent] of positions.entries()) {
      const start = lot % (extent - side + 1);
      lot = Math.floor(lot / (extent - side + 1));
      const stride = sizeOf(positions.slice(axis + 1)) * channels;
      places = places.flatMap((place) => Array.from({ length: side }, (_, i) => place + (start + i) * stride));
    }
    return channels === 1 ? places : places.flatMap((place) => Array.from({ length: channels }, (_, channel) => place + channel));
  };
}
