import { samplesInWords, type TableRow } from '@xaigrid/contracts';
import { wrapped } from './fit-table.js';
import type { TextStyle } from './table-layouts.js';

/** What is taken of each data set of which not all is, a sentence each: `mnist1d: the first 50 of 1000 samples.` */
export function samplesTaken(rows: readonly TableRow[]): string[] {
  const sentences = rows.flatMap((row) =>
    row.planned < (row.datasetSize ?? 0) ? [`${row.dataset}: ${samplesInWords({ ...row, samples: row.planned })}.`] : [],
  );
  return [...new Set(sentences)];
}

/** The same as lines of text; empty where everything is taken. */
export function formatSamplesTaken(rows: readonly TableRow[], { width = Infinity }: TextStyle): string {
  return samplesTaken(rows)
    .flatMap((sentence) => [...wrapped(sentence, width), ''])
    .join('\n');
}
