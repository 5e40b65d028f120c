import type { ComparisonFilter } from '@xaigrid/contracts';
import { describeMeasure } from '@xaigrid/metrics';
import { tableFormats } from '@xaigrid/contracts';
import { formatComparisons } from '@xaigrid/report';
import { oneOf } from '../one-of.js';
import { withControl } from '../open-control.js';
import { selectionFrom, type SelectionOptions } from '../selection-options.js';
import type { Terminal } from '../terminal.js';
import type { ControlOptions } from '../control-options.js';

export interface CompareOptions extends ControlOptions, SelectionOptions {
  readonly format: string;
  readonly against: readonly string[];
  readonly measure?: string;
  readonly pager: boolean;
}

/** `xaigrid compare RUN`: evaluations in pairs, sample by sample. */
export async function compare(terminal: Terminal, reference: string, options: CompareOptions): Promise<void> {
  const format = oneOf(options.format, tableFormats, '--format');
  const { against, measure } = options;
  const filter: ComparisonFilter = {
    ...selectionFrom(options),
    ...(against.length === 0 ? {} : { against: [...against] }),
    ...(measure === undefined ? {} : { measure }),
  };
  const comparisons = await withControl(options, (control) => control.comparisons(reference, filter));
  if (comparisons.length === 0)
    terminal.note(
      'There is nothing to compare: a comparison needs two evaluations with scores for the same data set, model, metric and setting.',
    );
  if (format === 'table')
    await terminal.page(formatComparisons(comparisons, format, { ...terminal.tables, describe: describeMeasure }), options);
  else terminal.data(formatComparisons(comparisons, format, { describe: describeMeasure }));
}
