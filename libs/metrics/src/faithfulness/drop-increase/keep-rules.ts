import { descendingThresholds, keepRank, rowsOf, type SampleRandom, type Tensor } from '@xaigrid/tensor';
import { placesOf } from '../../perturbation/places.js';
import type { DropIncreaseSetting } from './settings.js';

/** What survives of each sample at each setting; entry `s * n + i` belongs to setting s and sample i. */
export interface KeepRules {
  /** What settings of `ties: random` mask by in place of the maps: their values' places in descending order, negated. Left out: there are none. */
  readonly places?: Tensor;
  /** A position is kept iff its map value, or its negated place, > threshold. */
  readonly thresholds: Float32Array<ArrayBuffer>;
  /** Share of the map's values that are kept. */
  readonly kept: Float64Array<ArrayBuffer>;
  /** 1 where values that tie with the threshold make the count of those above it differ from k; 0 for keep thresholds. */
  readonly ties: Float64Array<ArrayBuffer>;
}

/**
 * The thresholds of all settings of each sample: the keep fractions from one sort of its map, the keep thresholds as they
 * are, rounded to float32 like the maps.
 *
 * @param maps `[n, ...]`
 * @param randomOf draws lots of a sample's values that tie
 */
export function keepRules(
  maps: Tensor,
  settings: readonly DropIncreaseSetting[],
  randomOf: (sample: number) => SampleRandom,
): KeepRules {
  const samples = maps.shape[0] ?? 0;
  const size = maps.data.length / Math.max(1, samples);
  const thresholds = new Float32Array(settings.length * samples);
  const kept = new Float64Array(thresholds.length);
  const ties = new Float64Array(thresholds.length);
  const keepFractions = settings.flatMap((setting) => ('keepFraction' in setting ? [setting.keepFraction] : []));
  const places = settings.some(byLot) ? new Float32Array(maps.data.length) : undefined;
  for (let sample = 0; sample < samples; sample++) {
    const values = rowsOf(maps, sample, sample + 1).data;
    const ranked = descendingThresholds(values, keepFractions);
    places?.set(
      placesOf(values, randomOf(sample)).map((place) => -place),
      sample * size,
    );
    let fraction = 0;
    for (const [s, setting] of settings.entries()) {
      const at = s * samples + sample;
      if ('keepFraction' in setting) {
        const wanted = keepRank(size, setting.keepFraction);
        const above = ranked.kept[fraction] ?? NaN;
        thresholds[at] = byLot(setting) ? -wanted : (ranked.thresholds[fraction] ?? NaN);
        kept[at] = (byLot(setting) ? wanted : above) / size;
        ties[at] = above === wanted ? 0 : 1;
        fraction++;
      } else {
        const threshold = Math.fround(setting.keepThreshold);
        thresholds[at] = threshold;
        kept[at] = countAbove(values, threshold) / size;
      }
    }
  }
  return { ...(places === undefined ? {} : { places: { shape: maps.shape, data: places } }), thresholds, kept, ties };
}

/** Whether exactly k are kept. */
export function byLot(setting: DropIncreaseSetting): boolean {
  return 'ties' in setting && setting.ties === 'random';
}

function countAbove(values: Float32Array<ArrayBuffer>, threshold: number): number {
  let count = 0;
  for (const value of values) if (value > threshold) count++;
  return count;
}
