import type { Target } from '@xaigrid/contracts';
import { finiteMaps } from '../../maps/finite-maps.js';
import { fittedMaps } from '../../maps/fitted-maps.js';
import type { ScoreRequest } from '../../metric.js';
import { baselineValues } from '../../perturbation/baseline-values.js';
import type { Baseline } from '../../perturbation/baseline.js';
import { changedSamples } from '../../perturbation/changed-samples.js';
import { attributionsOf, replacerOf, type Units } from '../../perturbation/units.js';
import type { Subsets } from './subsets.js';

interface Removal {
  readonly units: Units;
  /** The number of subsets of each sample. */
  readonly subsets: number;
  /**
   * Makes a function that draws the subsets of a sample one after the other: its units, each at most once. It gets the
   * attribution of each unit.
   */
  readonly drawerOf: (sample: number, attributions: Float64Array<ArrayBuffer>) => () => Iterable<number>;
  readonly baseline: Baseline;
  readonly target: Target;
  /** F(x), one per sample. */
  readonly whole: Float64Array<ArrayBuffer>;
}

/**
 * Replaces subsets of each sample's units by the baseline, and sums the attributions of each subset.
 * @throws NOT_FINITE for a map with NaN or infinity
 */
export async function removeSubsets(
  request: Pick<ScoreRequest, 'engine' | 'inputs' | 'maps' | 'classes' | 'sampleIndices' | 'signal'>,
  { units, subsets, drawerOf, baseline, target, whole }: Removal,
): Promise<Subsets[]> {
  const maps = finiteMaps(fittedMaps(request.maps, request.inputs), request);
  const valuesOf = baselineValues(baseline, request.inputs);
  const replace = replacerOf(units);
  return changedSamples(request, {
    copies: subsets,
    target,
    of: (sample) => {
      const attributions = attributionsOf(maps[sample] ?? new Float32Array(), units);
      const replacements = valuesOf(sample);
      const draw = drawerOf(sample, attributions);
      const sums = new Float64Array(subsets);
      return {
        change: (values, copy) => {
          let sum = 0;
          for (const unit of draw()) {
            replace(values, unit, replacements);
            sum += attributions[unit] ?? NaN;
          }
          sums[copy] = sum;
        },
        result: (outputs) => ({ attributions: sums, changes: outputs.map((output) => (whole[sample] ?? NaN) - output) }),
      };
    },
  });
}
