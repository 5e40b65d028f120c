import { TIED_SAMPLES, type MetricDescription, type Target } from '@xaigrid/contracts';
import type { MaskBaseline, Passes } from '@xaigrid/engine';
import { channelsOfShape, positionsOfBatch, sampleRandom, sizeOf, type SampleRandom, type Tensor } from '@xaigrid/tensor';
import { z } from 'zod';
import type { ScoreRequest } from '../metric.js';
import { rowsOfRequest } from '../rows-of-request.js';
import { partedCounts, placesOf } from './places.js';
import { removalOutputs, type Removal } from './removal.js';
import { engineFill, isDrawn, type Fill } from './fill.js';
import { attributionsOf, type Units } from './units.js';

type Float64 = Float64Array<ArrayBuffer>;

/** The parameter `repeats` of metrics, without a default. */
export const repeatsSchema = z.int().min(1).max(1000).meta({
  description:
    'How often it is done, with units that tie in another order each time, and other values where these are drawn; the mean counts. Samples of which nothing is drawn are done once.',
});

export const repeatsParameter = repeatsSchema.default(1);

/** The check measure of these curves. */
export const tiesMeasure: MetricDescription['measures'][number] = {
  ...{ name: 'ties', aggregate: 'count', title: 'Tied', role: 'check' },
  meaning: 'Samples of which a step parts units with equal attributions: which of them goes first is drawn.',
  range: { low: 0, high: 1 },
  warning: { code: 'ties', from: TIED_SAMPLES, text: 'units with equal attributions are taken in a random order' },
};

/** The units of one sample, with the score of each. */
export interface RankedUnits {
  readonly units: Units;
  /** The unit with the highest score goes first. */
  readonly scores: Float64;
}

/** What a baseline may be computed from. */
export interface Drawing {
  /** The samples that are removed from: `[n, ...inputShape]`. */
  readonly inputs: Tensor;
  readonly ranked: readonly RankedUnits[];
  /** The rank of each unit in its sample's order. */
  readonly places: readonly Int32Array<ArrayBuffer>[];
  readonly randoms: readonly SampleRandom[];
}

interface CurvesWanted {
  readonly ranked: readonly RankedUnits[];
  /** Gives, for a number of units, the counts after which the output is read, ascending. */
  readonly counts: (units: number) => readonly number[];
  readonly way: Removal['way'];
  readonly baseline: (drawing: Drawing) => MaskBaseline;
  /** Whether the baseline is drawn again for each repeat. */
  readonly drawn?: boolean;
  readonly target?: Target;
  readonly repeats: number;
  /** The stream of the sample's random numbers (`randomStreams`). */
  readonly stream: number;
}

/** The output of one sample while its units are removed or inserted. */
export interface RemovalCurve {
  /** The number of units after each step. */
  readonly counts: readonly number[];
  /** The scored class's output after each count, the mean over the repeats. */
  readonly outputs: Float64;
  /** Whether a count splits tied units. */
  readonly tied: boolean;
}

/**
 * The scored class's output while the units of a sample are removed, or inserted, one after the other, highest score first. Tied
 * units are in a random order that depends only on the seed and the sample.
 *
 * @returns one per sample
 */
export async function removalCurves(
  request: Pick<ScoreRequest, 'engine' | 'inputs' | 'classes' | 'sampleIndices' | 'seed' | 'shared' | 'signal'>,
  { ranked, counts, way, baseline, drawn = false, target, repeats, stream }: CurvesWanted,
): Promise<RemovalCurve[]> {
  const randoms = ranked.map((_, sample) => sampleRandom(request.seed, request.sampleIndices?.[sample] ?? sample, stream));
  const curves = ranked.map(({ scores }) => {
    const own = counts(scores.length);
    return { counts: own, outputs: new Float64Array(own.length), tied: partedCounts(scores, own).size > 0 };
  });
  for (let repeat = 0; repeat < repeats; repeat++) {
    const again = Int32Array.from(curves.keys()).filter((sample) => repeat === 0 || drawn || curves[sample]?.tied === true);
    if (again.length === 0) break;
    const taken = new Set(again);
    const chosen = <One>(all: readonly One[]): One[] => all.filter((_, sample) => taken.has(sample));
    const asked = rowsOfRequest(request, again);
    const drawing = { inputs: asked.inputs, ranked: chosen(ranked), randoms: chosen(randoms) };
    const places = drawing.ranked.map(({ scores }, at) => placesOf(scores, drawing.randoms[at]));
    const own = chosen(curves);
    const outputs = await removalOutputs(
      // What is drawn is this metric's own.
      { ...asked, shared: drawn ? undefined : request.shared },
      {
        places: placesOfValues(drawing.inputs, drawing.ranked, places),
        counts: (sample) => own[sample]?.counts ?? [],
        ...{ way, baseline: baseline({ ...drawing, places }) },
        ...(target === undefined ? {} : { target }),
      },
    );
    for (const [at, curve] of own.entries()) {
      const times = drawn || curve.tied ? repeats : 1;
      for (const [step, output] of outputs[at]?.entries() ?? []) {
        curve.outputs[step] = (curve.outputs[step] ?? 0) + output / times;
      }
    }
  }
  return curves;
}

/**
 * The forward passes of one sample for several such curves.
 * @param others further passes to add
 */
export function passesOfCurves(
  curves: readonly { readonly steps: number; readonly repeats: number; readonly drawn: boolean; readonly atMost?: boolean }[],
  others = 0,
): Passes {
  const forward = curves.reduce((sum, { steps, repeats }) => sum + steps * repeats, others);
  const atMost = curves.some((curve) => curve.atMost === true || (curve.repeats > 1 && !curve.drawn));
  return { forward, gradient: 0, ...(atMost ? { atMost } : {}) };
}

interface RankedRemoval extends Pick<CurvesWanted, 'stream' | 'repeats'> {
  /** One per sample, in a shape that `attributionsOf` reads. */
  readonly maps: readonly Float32Array[];
  readonly units: Units;
  /** The counts of units after which the output is read, ascending. */
  readonly counts: readonly number[];
  readonly baseline: Fill;
  readonly target: Target;
}

/** The curves while units are removed, the highest sum of attributions first. All samples have the same units. */
export function rankedRemoval(
  request: Parameters<typeof removalCurves>[0],
  { maps, units, counts, baseline, ...others }: RankedRemoval,
): Promise<RemovalCurve[]> {
  return removalCurves(request, {
    ...others,
    ranked: maps.map((map) => ({ units, scores: attributionsOf(map, units) })),
    counts: () => counts,
    way: 'remove',
    baseline: (drawing) => engineFill(baseline, drawing),
    drawn: isDrawn(baseline),
  });
}

/** The ranks as the engine masks by them: one number per position if channels go together, otherwise one per value. */
function placesOfValues({ shape }: Tensor, ranked: readonly RankedUnits[], places: readonly Int32Array<ArrayBuffer>[]): Tensor {
  const whole = ranked.every(({ units }) => units.wholePositions);
  const masked = whole ? positionsOfBatch(shape) : shape;
  const size = sizeOf(masked.slice(1));
  const channels = whole ? channelsOfShape(shape.slice(1)) : 1;
  const data = new Float32Array(ranked.length * size);
  for (const [sample, { units }] of ranked.entries()) {
    for (let at = 0; at < size; at++) {
      data[sample * size + at] = places[sample]?.[units.ofValue[at * channels] ?? -1] ?? NaN;
    }
  }
  return { shape: masked, data };
}
