import type { Target } from '@xaigrid/contracts';
import { sizeOf, type SampleRandom } from '@xaigrid/tensor';
import { finiteMaps } from '../../maps/finite-maps.js';
import { fittedMaps } from '../../maps/fitted-maps.js';
import type { ScoreRequest } from '../../metric.js';
import { changedSamples } from '../../perturbation/changed-samples.js';
import { attributionsOf, type Units } from '../../perturbation/units.js';
import { descendingParts } from '../subsets/in-order.js';
import type { Subsets } from '../subsets/subsets.js';
import { valueDrawer, type Range } from './range.js';

interface Parts {
  readonly units: Units;
  readonly step: number;
  readonly draws: number;
  readonly range: Range;
  /** Whether one number replaces all values of a part, as in Quantus, or each value gets its own. */
  readonly oneValue: boolean;
  readonly target: Target;
  /** F(x), one per sample. */
  readonly whole: Float64Array<ArrayBuffer>;
  /** Two sources of random numbers for a sample: for the order of ties, and for the values, part by part (from 0 to 1). */
  readonly randomOf: (sample: number) => { readonly ties: SampleRandom; readonly uniform: () => number };
}

/**
 * Replaces parts of each sample by random values, in ascending order of the map's magnitude. It gives Σ |a| of each part, and the
 * mean of (F(x with new values) − F(x))².
 * @throws NOT_FINITE for a map with NaN or infinity
 */
export async function replaceParts(
  request: Pick<ScoreRequest, 'engine' | 'inputs' | 'maps' | 'classes' | 'sampleIndices' | 'signal'>,
  { units, step, draws, range, oneValue, target, whole, randomOf }: Parts,
): Promise<Subsets[]> {
  const { inputs } = request;
  const inputShape = inputs.shape.slice(1);
  const size = sizeOf(inputShape);
  const maps = finiteMaps(fittedMaps(request.maps, inputs), request);
  const count = Math.ceil(units.count / step);
  return changedSamples(request, {
    ...{ copies: count * draws, target },
    of: (sample) => {
      const { ties, uniform } = randomOf(sample);
      const magnitudes = attributionsOf(maps[sample] ?? new Float32Array(), units).map(Math.abs);
      const negated = magnitudes.map((value) => -value);
      const parts = descendingParts(negated, { step, random: ties });
      const places = placesOfParts(parts, units.ofValue);
      const valueAt = valueDrawer(range, inputs.data.subarray(sample * size, (sample + 1) * size), inputShape);
      return {
        change: (values, copy) => {
          const one = oneValue ? uniform() : undefined;
          for (const place of places[Math.floor(copy / draws)] ?? []) values[place] = valueAt(place, one ?? uniform());
        },
        result: (outputs) => {
          const changes = new Float64Array(count);
          for (const [copy, output] of outputs.entries()) {
            const part = Math.floor(copy / draws);
            changes[part] = (changes[part] ?? 0) + (output - (whole[sample] ?? NaN)) ** 2 / draws;
          }
          const sumOf = (part: Int32Array): number => part.reduce((sum, unit) => sum + (magnitudes[unit] ?? NaN), 0);
          return { attributions: Float64Array.from(parts, sumOf), changes };
        },
      };
    },
  });
}

/** For each part, the places of its units' values in an input, ascending. */
function placesOfParts(parts: readonly Int32Array[], ofValue: Int32Array): number[][] {
  const partOf = new Map(parts.flatMap((units, part) => Array.from(units, (unit) => [unit, part] as const)));
  const places: number[][] = parts.map(() => []);
  for (const [place, unit] of ofValue.entries()) places[partOf.get(unit) ?? -1]?.push(place);
  return places;
}
