import { descendingThresholds, keepRank, rowsOf, type SampleRandom, type Tensor } from '@xaigrid/tensor';
import { placesOf } from '../../perturbation/places.js';
import type { DropIncreaseSetting } from './settings.js';

/** What is kept of each sample at each setting. Entry `s * n + i` belongs to setting s and sample i. */
export interface KeepRules {
  /**
   * For settings with `ties: random`: the negated rank of each value in descending order, used in place of the maps. Absent if
   * there are none.
   */
  readonly places?: Tensor;
  /** A position is kept if and only if its map value, or its negated rank, > threshold. */
  readonly thresholds: Float32Array<ArrayBuffer>;
  /** The share of the map's values that is kept. */
  readonly kept: Float64Array<ArrayBuffer>;
  /** 1 if values equal to the threshold make the number of values above it differ from k. 0 for keep thresholds. */
  readonly ties: Float64Array<ArrayBuffer>;
}

/**
 * The thresholds of each sample at all settings. One sort of its map gives those of all keep fractions. Keep thresholds are used
 * as they are, rounded to float32 like the maps.
 *
 * @param maps `[n, ...]`
 * @param randomOf the random numbers that order equal values of a sample
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

/** Whether exactly k values are kept, with equal values chosen at random. */
export function byLot(setting: DropIncreaseSetting): boolean {
  return 'ties' in setting && setting.ties === 'random';
}

function countAbove(values: Float32Array<ArrayBuffer>, threshold: number): number {
  let count = 0;
  for (const value of values) if (value > threshold) count++;
  return count;
}
