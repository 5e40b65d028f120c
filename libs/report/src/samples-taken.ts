import { samplesInWords, type TableRow } from '@xaigrid/contracts';
import { wrapped } from './fit-table.js';
import type { TextStyle } from './table-layouts.js';

/** A sentence for each data set of which only a part is used: `mnist1d: the first 50 of 1000 samples.` */
export function samplesTaken(rows: readonly TableRow[]): string[] {
  const sentences = rows.flatMap((row) =>
    row.planned < (row.datasetSize ?? 0) ? [`${row.dataset}: ${samplesInWords({ ...row, samples: row.planned })}.`] : [],
  );
  return [...new Set(sentences)];
}

/** The same as lines of text; empty if all samples are used. */
export function formatSamplesTaken(rows: readonly TableRow[], { width = Infinity }: TextStyle): string {
  return samplesTaken(rows)
    .flatMap((sentence) => [...wrapped(sentence, width), ''])
    .join('\n');
}
