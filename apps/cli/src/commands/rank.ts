import { tableFormats } from '@xaigrid/contracts';
import { describeMeasure } from '@xaigrid/metrics';
import { formatRankings } from '@xaigrid/report';
import type { ControlOptions } from '../control-options.js';
import { oneOf } from '../one-of.js';
import { withControl } from '../open-control.js';
import { selectionFrom, type SelectionOptions } from '../selection-options.js';
import type { Terminal } from '../terminal.js';

export interface RankOptions extends ControlOptions, SelectionOptions {
  readonly format: string;
  readonly all?: boolean;
  readonly agreement?: boolean;
  readonly pager: boolean;
}

/** `xaigrid rank RUN…`: the methods of each model and data set by each metric, and which metrics agree on them. */
export async function rank(terminal: Terminal, references: readonly string[], options: RankOptions): Promise<void> {
  const format = oneOf(options.format, tableFormats, '--format');
  const { all = false, agreement = false } = options;
  const query = { ...selectionFrom(options), measures: all ? ('all' as const) : ('headline' as const) };
  const runs = references.length === 0 ? ['latest'] : references;
  const rankings = await withControl(options, (control) => control.rankings(runs, query));
  const style = { describe: describeMeasure, all, agreement };
  if (format === 'table') await terminal.page(formatRankings(rankings, format, { ...terminal.tables, ...style }), options);
  else terminal.data(formatRankings(rankings, format, style));
}
