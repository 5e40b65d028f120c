import type { Target } from '@xaigrid/contracts';
import { sizeOf, type SampleRandom } from '@xaigrid/tensor';
import { finiteMaps } from '../../maps/finite-maps.js';
import { fittedMaps } from '../../maps/fitted-maps.js';
import type { ScoreRequest } from '../../metric.js';
import { baselineValues } from '../../perturbation/baseline-values.js';
import type { Baseline } from '../../perturbation/baseline.js';
import { changedSamples } from '../../perturbation/changed-samples.js';
import type { Perturbation, Places } from './perturbations.js';

interface Perturbed {
  readonly perturbation: Perturbation;
  readonly baseline: Baseline;
  readonly target: Target;
  /** F(x), one per sample. */
  readonly whole: Float64Array<ArrayBuffer>;
  readonly random: (sample: number) => SampleRandom;
}

/** The mean of (Σ I·a − (F(x) − F(x − I)))²: of the map as it is, and of the map scaled so that the mean is smallest. */
interface Infidelity {
  readonly plain: number;
  readonly normalized: number;
}

interface OfSample {
  readonly local: Infidelity;
  readonly global: Infidelity;
  readonly zeroMap: boolean;
}

/**
 * The infidelity of each sample's map, read both as local and as global attributions.
 * @throws NOT_FINITE for a map with NaN or infinity
 */
export async function infidelities(
  request: Pick<ScoreRequest, 'engine' | 'inputs' | 'maps' | 'classes' | 'sampleIndices' | 'signal'>,
  { perturbation, baseline, target, whole, random }: Perturbed,
): Promise<OfSample[]> {
  const { inputs } = request;
  const maps = finiteMaps(fittedMaps(request.maps, inputs), request);
  const baselineOf = baselineValues(baseline, inputs);
  const size = sizeOf(inputs.shape.slice(1));
  const { copies } = perturbation;
  return changedSamples(request, {
    ...{ copies, target },
    of: (sample) => {
      const x = inputs.data.subarray(sample * size, (sample + 1) * size);
      const map = maps[sample] ?? new Float32Array();
      const replacements = baselineOf(sample);
      const perturb = perturbation.of({ baseline: replacements, random: random(sample) });
      const products = productsOf({ x, map, baseline: replacements });
      const [local, global] = [new Float64Array(copies), new Float64Array(copies)];
      return {
        change: (values, copy) => {
          const found = products(values, perturb(values, copy));
          local[copy] = found.local;
          global[copy] = found.global;
        },
        result: (outputs) => {
          const changes = outputs.map((output) => (whole[sample] ?? NaN) - output);
          return {
            ...{ local: infidelityOf(local, changes), global: infidelityOf(global, changes) },
            zeroMap: map.every((value) => value === 0),
          };
        },
      };
    },
  });
}

type Product = (values: Float32Array, replaced: Places | undefined) => { readonly local: number; readonly global: number };

/**
 * Local attributions: Σ I·a, with I the amount taken from a value. Global attributions: Σ a·I/(x − baseline); the quotient is 1
 * if the baseline replaced the value. If x equals the baseline and noise changed it, I stands in place of the quotient, as in
 * Captum. A map without channels has the same local attribution for each channel, and its global attribution of a position is
 * that of all its channels together.
 */
function productsOf({
  x,
  map,
  baseline,
}: {
  readonly x: Float32Array;
  readonly map: Float32Array;
  readonly baseline: Float32Array;
}): Product {
  const channels = x.length / map.length;
  const given = (place: number): number => map[channels === 1 ? place : Math.floor(place / channels)] ?? NaN;
  return (values, replaced) => {
    let [local, global] = [0, 0];
    for (let at = 0, count = replaced?.length ?? x.length; at < count; at++) {
      const place = replaced === undefined ? at : (replaced[at] ?? -1);
      const taken = (x[place] ?? NaN) - (values[place] ?? NaN);
      const full = (x[place] ?? NaN) - (baseline[place] ?? NaN);
      const value = given(place);
      local += value * taken;
      global += replaced === undefined ? (value * taken) / (full === 0 ? 1 : full) : value;
    }
    return { local, global: global / channels };
  };
}

/**
 * @param products Σ I·a, one per perturbation
 * @param changes F(x) − F(x − I), one per perturbation
 */
function infidelityOf(products: Float64Array, changes: Float64Array): Infidelity {
  let [squares, mixed] = [0, 0];
  for (const [copy, product] of products.entries()) {
    squares += product ** 2;
    mixed += product * (changes[copy] ?? NaN);
  }
  const scaled = (scale: number): number =>
    products.reduce((sum, product, copy) => sum + (scale * product - (changes[copy] ?? NaN)) ** 2, 0) / products.length;
  return { plain: scaled(1), normalized: scaled(squares === 0 ? 0 : mixed / squares) };
}
