import { isUnderWay, MOST_SCORES, XaigridError, type RunDetails, type ScoreRequestFilter } from '@xaigrid/contracts';
import { describeMeasure } from '@xaigrid/metrics';
import { formatScores, scoreFormats } from '@xaigrid/report';
import { oneOf } from '../one-of.js';
import { withControl } from '../open-control.js';
import type { MeasureBound } from '../program/arguments.js';
import { whyNotThere } from '../run-state.js';
import { selectionFrom, type SelectionOptions } from '../selection-options.js';
import type { Terminal } from '../terminal.js';
import type { ControlOptions } from '../control-options.js';

export interface ScoresOptions extends ControlOptions, SelectionOptions {
  readonly format: string;
  readonly sample?: number;
  readonly class?: number;
  readonly min?: MeasureBound;
  readonly max?: MeasureBound;
  readonly dropMin?: number;
  readonly dropMax?: number;
  readonly degenerate?: boolean;
  readonly sort?: string;
  readonly limit: number;
  readonly offset: number;
  readonly pager: boolean;
}

/** `xaigrid scores RUN`: per-sample scores. */
export async function scores(terminal: Terminal, reference: string, options: ScoresOptions): Promise<void> {
  const format = oneOf(options.format, scoreFormats, '--format');
  const { limit, offset } = options;
  // One more than wanted, to know whether there are more.
  const found = await withControl(options, async (control) => {
    const scored = await control.scores(reference, { ...filterOf(options), limit: limit < MOST_SCORES ? limit + 1 : limit });
    if (scored.length === 0) terminal.note(whyNone(await control.show(reference), options));
    return scored;
  });
  const rows = found.slice(0, limit);
  if (format === 'table')
    await terminal.page(formatScores(rows, format, { ...terminal.tables, describe: describeMeasure }), options);
  else terminal.data(formatScores(rows, format));
  if (found.length > limit)
    terminal.note(
      `There are more. --offset ${offset + limit} shows the next ones, --limit ${Math.min(10 * limit, MOST_SCORES)} shows more at once.`,
    );
}

function whyNone(run: RunDetails, options: ControlOptions): string {
  if (run.progress.scored === 0) return `There are no scores. ${whyNotThere(run, options)}`;
  return `No score matches. Remove a filter.${isUnderWay(run.state) ? ` ${whyNotThere(run, options)}` : ''}`;
}

function filterOf(options: ScoresOptions): ScoreRequestFilter {
  const { sample, degenerate, sort, limit, offset } = options;
  const range = rangeOf(options);
  return {
    ...selectionFrom(options),
    ...(sample === undefined ? {} : { sample }),
    ...(options.class === undefined ? {} : { class: options.class }),
    ...(range === undefined ? {} : { range }),
    ...(degenerate === undefined ? {} : { degenerate }),
    ...(sort === undefined ? {} : { sort }),
    ...{ limit, offset },
  };
}

/** @throws USAGE if the two ends are of different measures */
function rangeOf({ dropMin, dropMax, ...options }: ScoresOptions): ScoreRequestFilter['range'] {
  const { min = dropEnd(dropMin), max = dropEnd(dropMax) } = options;
  if (min !== undefined && max !== undefined && min.measure !== max.measure)
    throw new XaigridError(
      'USAGE',
      `--min is for ${min.measure} and --max for ${max.measure}, but a range is for one measure only. Filter by one of them and sort by the other.`,
    );
  if (min !== undefined && max !== undefined && min.value > max.value)
    throw new XaigridError('USAGE', `No ${min.measure} is at least ${min.value} and at most ${max.value}. Swap --min and --max.`);
  const measure = min?.measure ?? max?.measure;
  if (measure === undefined) return undefined;
  return { measure, ...(min === undefined ? {} : { low: min.value }), ...(max === undefined ? {} : { high: max.value }) };
}

function dropEnd(value: number | undefined): MeasureBound | undefined {
  return value === undefined ? undefined : { measure: 'drop', value };
}
