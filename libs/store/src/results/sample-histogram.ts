import type { SampleHistogram } from '@xaigrid/contracts';
import type { HistogramQuery } from '../store.js';
import { filteredPart, openWalk, visitParts, type Sources } from './sample-walk.js';

/**
 * A histogram of what the filters leave of a run's samples. It walks the columns of a list twice: for the range, then for the bins.
 * @throws USAGE if the selection leaves more than one setting, or names what the run does not have
 */
export async function readHistogram(sources: Sources, query: HistogramQuery): Promise<SampleHistogram> {
  const { of, bins } = query;
  const walk = await openWalk(sources, withoutBounds(query), of);
  const { reader, parts, subject } = walk;
  let [counted, low, high] = [0, Infinity, -Infinity];
  const notFinite = { minusInfinity: 0, infinity: 0, none: 0 };
  await visitParts(reader, parts, (part) => {
    const { passes, of: column } = filteredPart(walk, part);
    const values = column(of);
    for (let at = 0; at < passes.length; at += 1) {
      if (passes[at] === 0) continue;
      counted += 1;
      const value = values[at] ?? NaN;
      if (value === Infinity) notFinite.infinity += 1;
      else if (value === -Infinity) notFinite.minusInfinity += 1;
      else if (Number.isNaN(value)) notFinite.none += 1;
      else {
        if (value < low) low = value;
        if (value > high) high = value;
      }
    }
  });
  const isEmpty = low > high;
  const counts = Array.from({ length: isEmpty ? 0 : low === high ? 1 : bins }, () => 0);
  if (!isEmpty)
    await visitParts(reader, parts, (part) => {
      const { passes, of: column } = filteredPart(walk, part);
      const values = column(of);
      for (let at = 0; at < passes.length; at += 1) {
        const value = values[at] ?? NaN;
        if (passes[at] === 0 || !Number.isFinite(value)) continue;
        const bin = binOf(value, { low, high, bins: counts.length });
        counts[bin] = (counts[bin] ?? 0) + 1;
      }
    });
  const { by, measure } = subject;
  return {
    ...{ by: by.evaluation, metric: by.metric, scoredClass: by.scoredClass, setting: by.setting, measure, of, counted },
    ...(isEmpty ? {} : { low, high }),
    ...{ counts, notFinite },
  };
}

/** The bin of a value among bins of equal width; the last one has its upper end too. */
export function binOf(
  value: number,
  { low, high, bins }: { readonly low: number; readonly high: number; readonly bins: number },
): number {
  // Divided first: the width of a range of large numbers may be infinite.
  const width = high / bins - low / bins;
  return width > 0 ? Math.max(0, Math.min(bins - 1, Math.floor((value / bins - low / bins) / (width / bins)))) : 0;
}

/** The filters without the bounds of the value that the histogram is of. */
function withoutBounds(query: HistogramQuery): HistogramQuery {
  const own: readonly (keyof HistogramQuery)[] =
    query.of === 'score'
      ? ['minScore', 'maxScore']
      : query.of === 'confidence'
        ? ['minConfidence', 'maxConfidence']
        : ['minDisagreement', 'maxDisagreement'];
  const kept = Object.entries(query).filter(([key]) => !(own as readonly string[]).includes(key));
  return Object.fromEntries(kept) as unknown as HistogramQuery;
}
