import type { SampleRandom } from '@xaigrid/tensor';
import { placesOf } from '../../perturbation/places.js';

/**
 * The units in parts of `step`, in descending order of their attributions; ties in random order. The last part holds the rest.
 */
export function descendingParts(
  attributions: Float64Array<ArrayBuffer>,
  { step, random }: { readonly step: number; readonly random: SampleRandom },
): Int32Array<ArrayBuffer>[] {
  const places = placesOf(attributions, random);
  const order = new Int32Array(places.length);
  for (const [unit, place] of places.entries()) order[place] = unit;
  return Array.from({ length: Math.ceil(order.length / step) }, (_, part) => order.slice(part * step, (part + 1) * step));
}
