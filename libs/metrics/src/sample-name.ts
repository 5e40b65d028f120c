import type { ScoreRequest } from './metric.js';

/** How messages call a sample: by its position in the data set, or, where that is not known, by its row. */
export function sampleName(
  { sampleIndices }: { readonly sampleIndices?: ScoreRequest['sampleIndices'] | undefined },
  sample: number,
): string {
  return sampleIndices === undefined ? `Row ${sample} of the batch` : `Sample ${sampleIndices[sample] ?? sample}`;
}
