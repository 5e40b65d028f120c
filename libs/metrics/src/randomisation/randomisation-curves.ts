import { canonicalJson } from '@xaigrid/contracts';
import { positionsOfBatch } from '@xaigrid/tensor';
import type { z } from 'zod';
import type { DrawAgain, ScoreRequest } from '../metric.js';
import { redrawingOf } from '../redrawing-of.js';
import { layersOf, variantAt, type layersParameter, type Step } from './layer-steps.js';
import { mapComparison, type MapComparison, type SimilarityOptions } from './map-similarity.js';

/** A setting of a metric that compares maps of a model with maps of the model with more and more layers randomised. */
export interface CurveSetting extends Omit<Step, 'layers'>, Pick<SimilarityOptions, 'similarity' | 'values'> {
  readonly definition: 'paper' | 'quantus';
  /** A number in completed settings. */
  readonly layers: z.infer<typeof layersParameter>;
}

interface Curves<One extends CurveSetting> {
  /** A key that is equal for settings that compare the same maps. */
  readonly mapsOf: (setting: One) => unknown;
  /** The maps of each sample on the model itself. */
  readonly own: (setting: One) => Promise<Float32Array[]>;
  /** The maps of each sample on a variant. */
  readonly drawn: (draw: DrawAgain, setting: One) => Promise<Float32Array[]>;
}

/**
 * The variants of a setting. `paper`: one step. `quantus`: every step; the score is the mean over these and the unchanged model.
 */
function stepsOf({ definition, order, by, ...setting }: CurveSetting): Step[] {
  const layers = layersOf(setting);
  if (definition === 'paper') return [{ order, layers, by }];
  return Array.from({ length: layers }, (_, at) => ({ order, layers: at + 1, by }));
}

function termsOf(setting: CurveSetting | undefined): number {
  return setting?.definition === 'quantus' ? stepsOf(setting).length + 1 : 1;
}

interface Variant<One> {
  readonly step: Step;
  readonly setting: One;
  /** The indices of the settings that compare this variant's maps. */
  readonly places: number[];
}

/** The variants that maps are drawn on. Settings that compare the same maps share a variant. */
export function variantsFor<One extends CurveSetting>(
  settings: readonly One[],
  mapsOf: (setting: One) => unknown,
): Variant<One>[] {
  const variants = new Map<string, Variant<One>>();
  for (const [place, setting] of settings.entries())
    for (const step of stepsOf(setting)) {
      const key = canonicalJson([step, mapsOf(setting)]);
      const known = variants.get(key) ?? { step, setting, places: [] };
      variants.set(key, known);
      known.places.push(place);
    }
  return [...variants.values()];
}

export const similarityOptions = ({ definition, similarity, values }: CurveSetting): SimilarityOptions => {
  return { similarity, values, ssimForm: definition === 'quantus' ? 'flat' : 'min-max' };
};

/** The own maps of the samples, prepared for the comparison of a setting. */
interface Compared {
  readonly comparison: MapComparison;
  readonly own: ReturnType<MapComparison['prepare']>[];
}

/**
 * How similar maps stay, `[settings][samples]` each. A map that is the same everywhere cannot be compared: it counts as 0 and as
 * `constant`.
 */
export async function randomisationCurves<One extends CurveSetting>(
  metric: string,
  request: ScoreRequest,
  settings: readonly One[],
  curves: Curves<One>,
): Promise<{ readonly similarity: Float64Array<ArrayBuffer>; readonly constant: Float64Array<ArrayBuffer> }> {
  const { engine, inputs, seed, signal } = request;
  const { onVariant } = redrawingOf(metric, request);
  const samples = inputs.shape[0] ?? 0;
  const similarity = new Float64Array(settings.length * samples);
  const constant = new Float64Array(settings.length * samples);
  const compared = await comparedBy(settings, positionsOfBatch(inputs.shape).slice(1), curves);
  const add = (place: number, sample: number, found: number | undefined): void => {
    const at = place * samples + sample;
    similarity[at] = (similarity[at] ?? NaN) + (found ?? 0) / termsOf(settings[place]);
    if (found === undefined) constant[at] = 1;
  };
  for (const [place, { own }] of compared.entries()) {
    if (settings[place]?.definition !== 'quantus') continue;
    // The unchanged model draws the same maps again.
    own.forEach((map, sample) => add(place, sample, map === undefined ? undefined : 1));
  }
  for (const { step, setting, places } of variantsFor(settings, curves.mapsOf)) {
    signal?.throwIfAborted();
    const maps = await onVariant(variantAt(step, engine.model, seed), (draw) => curves.drawn(draw, setting));
    for (const place of places)
      maps.forEach((map, sample) => {
        const { comparison, own } = compared[place] ?? {};
        const [before, after] = [own?.[sample], comparison?.prepare(map)];
        add(place, sample, before === undefined || after === undefined ? undefined : comparison?.compare(before, after));
      });
  }
  return { similarity, constant };
}

/** The comparison of each setting. Settings that compare the same maps in the same way share the prepared maps. */
async function comparedBy<One extends CurveSetting>(
  settings: readonly One[],
  positions: readonly number[],
  { mapsOf, own }: Curves<One>,
): Promise<Compared[]> {
  const maps = new Map<string, Float32Array[]>();
  const ready = new Map<string, Compared>();
  const all: Compared[] = [];
  for (const setting of settings) {
    const options = similarityOptions(setting);
    const [mapsKey, key] = [canonicalJson(mapsOf(setting)), canonicalJson([options, mapsOf(setting)])];
    const ownMaps = maps.get(mapsKey) ?? (await own(setting));
    maps.set(mapsKey, ownMaps);
    const comparison = mapComparison(options, positions);
    const found = ready.get(key) ?? { comparison, own: ownMaps.map(comparison.prepare) };
    ready.set(key, found);
    all.push(found);
  }
  return all;
}
