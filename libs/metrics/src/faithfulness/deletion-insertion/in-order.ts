import { rowsOf, sampleRandom, takeRows, type SampleRandom, type Tensor } from '@xaigrid/tensor';
import { partedCounts, placesOf } from '../../perturbation/places.js';
import { removalOutputs, type Removal } from '../../perturbation/removal.js';
import { randomStreams } from '../../random-streams.js';
import { rowsOfRequest } from '../../rows-of-request.js';
import type { Curves, Masking, Step } from './curves.js';

interface InOrder {
  readonly steps: readonly Step[];
  /** How many random orders of equal values are averaged; 1 if `equal` fixes their order. */
  readonly orders?: number;
  /** The order of equal values. Absent: random orders. */
  readonly equal?: 'as they lie' | 'in reverse';
}

/**
 * Curves in which units are inserted and removed one after the other, the highest first. One order is enough if no step splits
 * equal values.
 */
export async function curvesInOrder(masking: Masking, { steps, orders = 1, equal }: InOrder): Promise<Curves> {
  const { maps, seed, sampleIndices } = masking;
  const samples = maps.shape[0] ?? 0;
  const counts = steps.map(({ count }) => count);
  const values = Array.from({ length: samples }, (_, sample) => rowsOf(maps, sample, sample + 1).data);
  const parted = values.map((own) => partedCounts(own, counts));
  const randoms = Array.from({ length: samples }, (_, sample) =>
    sampleRandom(seed, sampleIndices?.[sample] ?? sample, randomStreams.deletionInsertion),
  );
  const placesFor = (of: readonly number[]): Tensor => ({
    shape: [of.length, ...maps.shape.slice(1)],
    data: Float32Array.from(of.flatMap((sample) => [...orderOf(values[sample] ?? new Float32Array(), equal, randoms[sample])])),
  });
  const all = [...values.keys()];
  const places = placesFor(all);
  const [nothing = []] = await ofWay(masking, places, { way: 'insert', counts: [0] }).then(transposed);
  const inserted = await ofWay(masking, places, { way: 'insert', counts });
  const left = await ofWay(masking, places, { way: 'remove', counts });
  // In further orders, only steps that split equal values differ.
  const again = all.filter((sample) => (parted[sample]?.size ?? 0) > 0);
  const sums = { inserted: inserted.map((curve) => curve.slice()), left: left.map((curve) => curve.slice()) };
  const further = counts.flatMap((count, step) => (again.some((sample) => parted[sample]?.has(count)) ? [{ count, step }] : []));
  const some = again.length === 0 ? masking : rowsOfMasking(masking, Int32Array.from(again));
  for (let order = 1; order < orders && again.length > 0; order++) {
    const placed = placesFor(again);
    const asked = further.map(({ count }) => count);
    for (const [way, sum] of [['insert', sums.inserted] as const, ['remove', sums.left] as const]) {
      const outputs = await ofWay(some, placed, { way, counts: asked });
      for (const [row, sample] of again.entries()) {
        const curve = sum[sample];
        for (const [at, { count, step }] of further.entries())
          if (curve !== undefined && parted[sample]?.has(count)) curve[step] = (curve[step] ?? NaN) + (outputs[row]?.[at] ?? NaN);
      }
    }
  }
  const pointsOf = (sum: Float64Array | undefined, sample: number) =>
    steps.map(({ count, share }, step) => {
      const drawn = parted[sample]?.has(count) === true ? orders : 1;
      return { share, output: (sum?.[step] ?? NaN) / drawn };
    });
  return {
    nothing: Float64Array.from(nothing),
    inserted: all.map((sample) => pointsOf(sums.inserted[sample], sample)),
    left: all.map((sample) => pointsOf(sums.left[sample], sample).map(remaining).reverse()),
    tied: parted.map(({ size }) => size > 0),
  };
}

function remaining({ share, output }: { readonly share: number; readonly output: number }) {
  return { share: 1 - share, output };
}

function transposed(curves: readonly Float64Array[]): number[][] {
  return Array.from({ length: curves[0]?.length ?? 0 }, (_, at) => curves.map((curve) => curve[at] ?? NaN));
}

function ofWay(masking: Masking, places: Tensor, { way, counts }: Pick<Removal, 'way' | 'counts'>) {
  return removalOutputs(masking, { places, counts, way, baseline: masking.baseline, target: masking.target });
}

function orderOf(values: Float32Array<ArrayBuffer>, equal: InOrder['equal'], random: SampleRandom | undefined): Int32Array {
  switch (equal) {
    case undefined:
      return placesOf(values, random);
    case 'as they lie':
      return placesOf(values);
    case 'in reverse':
      return placesOf(values.slice().reverse()).reverse();
  }
}

function rowsOfMasking(masking: Masking, rows: Int32Array<ArrayBuffer>): Masking {
  const { inputs, maps, baseline, sampleIndices } = masking;
  const perSample = typeof baseline === 'object' && 'data' in baseline && baseline.shape.length === inputs.shape.length;
  return {
    ...rowsOfRequest(masking, rows),
    maps: takeRows(maps, rows),
    baseline: perSample ? takeRows(baseline, rows) : baseline,
    sampleIndices: rows.map((row) => sampleIndices?.[row] ?? row),
  };
}
