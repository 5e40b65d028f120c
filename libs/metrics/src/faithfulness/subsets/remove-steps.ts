import type { Target } from '@xaigrid/contracts';
import { positionsOfShape, sizeOf, type SampleRandom } from '@xaigrid/tensor';
import { finiteMaps } from '../../maps/finite-maps.js';
import { fittedMaps } from '../../maps/fitted-maps.js';
import type { ScoreRequest } from '../../metric.js';
import { engineBaseline, type Baseline } from '../../perturbation/baseline.js';
import { finiteOutputs } from '../../perturbation/finite-outputs.js';
import { placesOf } from '../../perturbation/places.js';
import { removalOutputs } from '../../perturbation/removal.js';
import { attributionsOf, type Units } from '../../perturbation/units.js';
import type { Subsets } from './subsets.js';

interface Steps {
  /** Positions or values. */
  readonly units: Units;
  readonly step: number;
  readonly baseline: Baseline;
  readonly target: Target;
  /** F(x), one a sample. */
  readonly whole: Float64Array<ArrayBuffer>;
  /** Of ties. */
  readonly random: (sample: number) => SampleRandom;
}

/** The first 80 % of as many steps as there are positions, as SensitivityN of Quantus has it: `int(0.8 * prod(x.shape[2:]) // features_in_step)`. */
export function stepsOf(inputShape: readonly number[], step: number): number {
  return Math.floor((4 * sizeOf(positionsOfShape(inputShape))) / (5 * step));
}

/** Removes units in descending order of each map: what it gives to a step, and what the output has lost after all steps so far. */
export async function removeSteps(
  request: ScoreRequest,
  { units, step, baseline, target, whole, random }: Steps,
): Promise<Subsets[]> {
  const { inputs } = request;
  const attributions = finiteMaps(fittedMaps(request.maps, inputs), request).map((map) => attributionsOf(map, units));
  const places = attributions.map((own, sample) => placesOf(own, random(sample)));
  const data = new Float32Array(inputs.data.length);
  const size = units.ofValue.length;
  for (const [sample, own] of places.entries()) {
    for (const [at, unit] of units.ofValue.entries()) data[sample * size + at] = own[unit] ?? NaN;
  }
  const steps = stepsOf(inputs.shape.slice(1), step);
  const outputs = await removalOutputs(request, {
    ...{ places: { shape: inputs.shape, data }, way: 'remove', target, baseline: engineBaseline(baseline, inputs) },
    counts: Array.from({ length: steps }, (_, done) => (done + 1) * step),
  });
  return outputs.map((curve, sample) => {
    const sums = new Float64Array(steps);
    for (const [unit, place] of (places[sample] ?? []).entries()) {
      const done = Math.floor(place / step);
      if (done < steps) sums[done] = (sums[done] ?? 0) + (attributions[sample]?.[unit] ?? NaN);
    }
    const changes = finiteOutputs(request, sample, curve).map((output) => (whole[sample] ?? NaN) - output);
    return { attributions: sums, changes };
  });
}
