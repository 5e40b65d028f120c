import { tableFormats, type Decisions, type TableRow } from '@xaigrid/contracts';
import type { RunControl } from '@xaigrid/control';
import { controlMethods, sumRemedies } from '@xaigrid/explainers';
import { describeMeasure, metrics } from '@xaigrid/metrics';
import {
  formatAccuracies,
  formatDecisions,
  formatSamplesTaken,
  formatSummary,
  formatTable,
  formatWarnings,
} from '@xaigrid/report';
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
  const { rows, decisions } = await withControl(options, async (control) => {
    const found = await control.table(runs, selection);
    return { rows: found, decisions: format === 'table' ? await decisionsOf(control, found) : [] };
  });
  if (format !== 'table') {
    terminal.data(formatTable(rows, format, { describe: describeMeasure, controls: controlMethods }));
    return;
  }
  await terminal.page(resultsText(terminal, rows, decisions), options);
}

/** What is decided in the runs of some rows that take samples until pairs are decided. */
async function decisionsOf(control: Pick<RunControl, 'show'>, rows: readonly TableRow[]): Promise<Decisions[]> {
  const runs = new Set(rows.flatMap(({ runId, chosen }) => (chosen?.choose === 'until-decided' ? [runId] : [])));
  const details = await Promise.all([...runs].map((run) => control.show(run)));
  return details.flatMap(({ untilDecided }) => untilDecided ?? []);
}

/**
 * How many samples pairs took, how good the models are, methods ranked by each measure, what to know before trusting them as in
 * the report, then every row.
 */
export function resultsText(
  { tables }: Pick<Terminal, 'tables'>,
  rows: readonly TableRow[],
  decisions: readonly Decisions[],
): string {
  const style = { ...tables, metrics, decisions, describe: describeMeasure, controls: controlMethods, sumRemedies };
  const summary = formatSummary(rows, style);
  const taken = formatSamplesTaken(rows, style);
  const accuracies = formatAccuracies(rows, style);
  const warnings = formatWarnings(rows, style);
  const decided = decisions.map((one) => formatDecisions(one, style));
  return [
    ...[taken, ...decided, accuracies, summary, warnings].filter((part) => part !== ''),
    formatTable(rows, 'table', style),
  ].join('\n');
}
