import { tableFormats } from '@xaigrid/contracts';
import { controlMethods, sumRemedies } from '@xaigrid/explainers';
import { describeMeasure, metrics } from '@xaigrid/metrics';
import { formatAccuracies, formatSamplesTaken, formatSummary, formatTable, formatWarnings } from '@xaigrid/report';
import { oneOf } from '../one-of.js';
import { withControl } from '../open-control.js';
import { selectionFrom, type SelectionOptions } from '../selection-options.js';
import type { Terminal } from '../terminal.js';
import type { ControlOptions } from '../control-options.js';

export interface TableOptions extends ControlOptions, SelectionOptions {
  readonly format: string;
  readonly pager: boolean;
}

/** `xaigrid table RUN…`: results of one or several runs side by side. For people a summary comes first. */
export async function table(terminal: Terminal, references: readonly string[], options: TableOptions): Promise<void> {
  const format = oneOf(options.format, tableFormats, '--format');
  const selection = selectionFrom(options);
  const runs = references.length === 0 ? ['latest'] : references;
  const rows = await withControl(options, (control) => control.table(runs, selection));
  if (format !== 'table') {
    terminal.data(formatTable(rows, format, { describe: describeMeasure, controls: controlMethods }));
    return;
  }
  await terminal.page(resultsText(terminal, rows), options);
}

/** How good the models are, methods ranked by each measure, what to know before trusting them as in the report, then every row. */
export function resultsText({ tables }: Pick<Terminal, 'tables'>, rows: Parameters<typeof formatTable>[0]): string {
  const style = { ...tables, metrics, describe: describeMeasure, controls: controlMethods, sumRemedies };
  const summary = formatSummary(rows, style);
  const taken = formatSamplesTaken(rows, style);
  const accuracies = formatAccuracies(rows, style);
  const warnings = formatWarnings(rows, style);
  return [...[taken, accuracies, summary, warnings].filter((part) => part !== ''), formatTable(rows, 'table', style)].join('\n');
}
