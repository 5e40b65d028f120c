import { formatSetting, scoreDistributions, type Figure } from '@xaigrid/report';
import type { SubjectScores } from './subject-scores.js';

const BINS = 40;

/** How the drops of single samples spread, by method; none where no sample has scores. */
export async function dropDistributions({ setting, evaluations, samples }: SubjectScores, title: string): Promise<Figure[]> {
  const methods = evaluations.flatMap(({ label }, column) => {
    const drops = Float64Array.from(samples.map((sample) => sample.drops[column] ?? NaN).filter(Number.isFinite)).sort();
    if (drops.length === 0) return [];
    const counts = new Float64Array(BINS);
    for (const drop of drops) {
      const bin = Math.min(BINS - 1, Math.floor(drop * BINS));
      counts[bin] = (counts[bin] ?? 0) + 1;
    }
    const mean = drops.reduce((sum, drop) => sum + drop, 0) / drops.length;
    const quartiles: [number, number, number] = [quantile(drops, 0.25), quantile(drops, 0.5), quantile(drops, 0.75)];
    return [{ name: label, counts, mean, quartiles }];
  });
  if (methods.length === 0) return [];
  const data = { measure: 'Drop', setting: `keep ${formatSetting(setting)}`, low: 0, high: 1, methods };
  return [await scoreDistributions(data, `${title}: drop of single samples`)];
}

/** By linear interpolation between the sorted values, as numpy's default. */
function quantile(sorted: Float64Array, share: number): number {
  const position = share * (sorted.length - 1);
  const below = Math.floor(position);
  const [low = NaN, high = low] = [sorted[below], sorted[below + 1]];
  return low + (high - low) * (position - below);
}
