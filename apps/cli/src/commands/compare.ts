import {
  comparedAcross,
  pairedTests,
  tableFormats,
  XaigridError,
  type ComparedAcross,
  type ComparisonFilter,
} from '@xaigrid/contracts';
import { describeMeasure } from '@xaigrid/metrics';
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
  readonly across?: string;
  readonly test: string;
  readonly pager: boolean;
}

/**
 * `xaigrid compare RUN…`: methods of a run in pairs, or a method in two runs, models or data sets; sample by sample where they
 * have the same samples.
 */
export async function compare(terminal: Terminal, references: readonly string[], options: CompareOptions): Promise<void> {
  const format = oneOf(options.format, tableFormats, '--format');
  const { against, measure } = options;
  const across = options.across === undefined ? undefined : oneOf(options.across, comparedAcross, '--across');
  assertWhatIsCompared(references, { against, across });
  const filter: ComparisonFilter = {
    ...selectionFrom(options),
    ...(against.length === 0 ? {} : { against: [...against] }),
    ...(measure === undefined ? {} : { measure }),
    ...(across === undefined ? {} : { across }),
    test: oneOf(options.test, pairedTests, '--test'),
  };
  const comparisons = await withControl(options, (control) => control.comparisons(references, filter));
  if (comparisons.length === 0)
    terminal.note(`There is nothing to compare: ${needed[across ?? (references.length > 1 ? 'runs' : 'methods')]}.`);
  if (format === 'table')
    await terminal.page(formatComparisons(comparisons, format, { ...terminal.tables, describe: describeMeasure }), options);
  else terminal.data(formatComparisons(comparisons, format, { describe: describeMeasure }));
}

/** What a comparison needs. */
const needed: Readonly<Record<ComparedAcross, string>> = {
  methods: 'two methods need scores for one data set and model by one metric at one setting',
  runs: 'two runs need scores of one method for one data set and model by one metric at one setting',
  models: 'two models need scores of one method for one data set by one metric at one setting',
  datasets: 'two data sets need scores of one method for one model by one metric at one setting',
};

/** The same as the store says, in the words of the command. @throws USAGE */
function assertWhatIsCompared(
  references: readonly string[],
  { against, across }: { readonly against: readonly string[]; readonly across: ComparedAcross | undefined },
): void {
  if (across === 'methods' && references.length > 1)
    throw new XaigridError(
      'USAGE',
      `--across methods compares methods within one run, but ${references.length} runs are named. Name one.`,
    );
  const sides = across ?? (references.length > 1 ? 'runs' : 'methods');
  if (sides !== 'methods' && against.length > 0)
    throw new XaigridError(
      'USAGE',
      `--against names a second method, but across ${sides} a method is compared with itself. Choose methods with --method.`,
    );
}
