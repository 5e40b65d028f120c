import type { ScoreRequest } from './metric.js';

/** The name of a sample in messages: its position in the data set, or its row if that is not known. */
export function sampleName(
  { sampleIndices }: { readonly sampleIndices?: ScoreRequest['sampleIndices'] | undefined },
  sample: number,
): string {
  return sampleIndices === undefined ? `Row ${sample} of the batch` : `Sample ${sampleIndices[sample] ?? sample}`;
}
