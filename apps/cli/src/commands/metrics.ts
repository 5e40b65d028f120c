import { oneOf } from '../one-of.js';
import { withControl } from '../open-control.js';
import { formatModelMetrics, metricsFormats, readModelQuality, subjectsOf, type ModelQuality } from '@xaigrid/run-report';
import { selectionFrom, type SelectionOptions } from '../selection-options.js';
import type { Terminal } from '../terminal.js';
import type { ControlOptions } from '../control-options.js';

export interface MetricsOptions extends ControlOptions, SelectionOptions {
  readonly format: string;
  readonly pager: boolean;
}

/** `xaigrid metrics RUN`: how good the models of a run are, from the predictions it stored. */
export async function metrics(terminal: Terminal, reference: string, options: MetricsOptions): Promise<void> {
  const format = oneOf(options.format, metricsFormats, '--format');
  const qualities = await withControl(options, async (control) => {
    const run = await control.show(reference);
    const evaluations = await control.evaluations(run.id, selectionFrom(options));
    const found: ModelQuality[] = [];
    for (const subject of subjectsOf([{ ...run, evaluations }])) {
      const quality = await readModelQuality(control, subject);
      if ('reason' in quality) terminal.note(`${subject.title}: ${quality.reason}`);
      else found.push(quality);
    }
    return found;
  });
  if (format === 'table') await terminal.page(formatModelMetrics(qualities, format, terminal.tables), options);
  else terminal.data(formatModelMetrics(qualities, format));
}
