import { descendingThresholds, keepRank, rowsOf, type Tensor } from '@xaigrid/tensor';
import type { DropIncreaseSetting } from './settings.js';

/** What survives of each sample at each setting; entry `s * n + i` belongs to setting s and sample i. */
export interface KeepRules {
  /** A position is kept iff its map value > threshold. */
  readonly thresholds: Float32Array<ArrayBuffer>;
  /** Share of the map's values that are kept. */
  readonly kept: Float64Array<ArrayBuffer>;
  /** 1 where values that tie with the threshold made the count of kept ones differ from k; 0 for keep thresholds. */
  readonly ties: Float64Array<ArrayBuffer>;
}

/**
 * The thresholds of all settings of each sample: the keep fractions from one sort of its map, the keep thresholds as they
 * are, rounded to float32 like the maps.
 *
 * @param maps `[n, ...]`
 */
export function keepRules(maps: Tensor, settings: readonly DropIncreaseSetting[]): KeepRules {
  const samples = maps.shape[0] ?? 0;
  const size = maps.data.length / Math.max(1, samples);
  const thresholds = new Float32Array(settings.length * samples);
  const kept = new Float64Array(thresholds.length);
  const ties = new Float64Array(thresholds.length);
  const keepFractions = settings.flatMap((setting) => ('keepFraction' in setting ? [setting.keepFraction] : []));
  for (let sample = 0; sample < samples; sample++) {
    const values = rowsOf(maps, sample, sample + 1).data;
    const ranked = descendingThresholds(values, keepFractions);
    let fraction = 0;
    for (const [s, setting] of settings.entries()) {
      const at = s * samples + sample;
      if ('keepFraction' in setting) {
        const count = ranked.kept[fraction] ?? NaN;
        thresholds[at] = ranked.thresholds[fraction] ?? NaN;
        kept[at] = count / size;
        ties[at] = count === keepRank(size, setting.keepFraction) ? 0 : 1;
        fraction++;
      } else {
        const threshold = Math.fround(setting.keepThreshold);
        thresholds[at] = threshold;
        kept[at] = countAbove(values, threshold) / size;
      }
    }
  }
  return { thresholds, kept, ties };
}

function countAbove(values: Float32Array<ArrayBuffer>, threshold: number): number {
  let count = 0;
  for (const value of values) if (value > threshold) count++;
  return count;
}
