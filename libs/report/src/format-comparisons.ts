import type { Comparison, TableFormat } from '@xaigrid/contracts';
import { comparisonParts, type ComparisonStyle } from './comparison-parts.js';
import { countText, pText, samplesText, sidesIn, sideTitle } from './comparison-texts.js';
import { formatEstimate } from './estimate-text.js';
import { isOfMaps, measureOf } from './descriptions.js';
import { formatSetting } from './table-columns.js';
import { csvTable, tableLayouts } from './table-layouts.js';
import type { TableTexts } from './table-texts.js';

/**
 * Renders comparisons. `table`, `markdown` and `latex` are rounded for people, the latter two to four places; `json` and `csv`
 * hold every number in full. For people at a terminal a summary comes first, then a table a model and data set.
 */
export function formatComparisons(comparisons: readonly Comparison[], format: TableFormat, style: ComparisonStyle = {}): string {
  if (format === 'json') return `${JSON.stringify(comparisons, undefined, 2)}\n`;
  if (format === 'csv') return comparisonsCsv(comparisons);
  const shown = comparisons.filter(({ metric, measure }) => isOfMaps(measureOf(style.describe, metric, measure)));
  // If the user asks for such a measure alone, it is shown.
  const chosen = shown.length > 0 ? shown : comparisons;
  return format === 'table' ? comparisonParts(chosen, style) : tableLayouts[format](textsOf(chosen, style));
}

interface Column {
  readonly title: string;
  readonly align: 'left' | 'right';
  readonly text: (comparison: Comparison) => string;
}

function textsOf(comparisons: readonly Comparison[], { describe }: ComparisonStyle): TableTexts {
  const text = (title: string, of: Column['text']): Column => ({ title, align: 'left', text: of });
  const number = (title: string, of: Column['text']): Column => ({ title, align: 'right', text: of });
  const differs = ({ text: of }: Column): boolean => new Set(comparisons.map(of)).size > 1;
  const sidesOf = sidesIn(comparisons);
  const across = comparisons.some(({ method }) => method !== undefined);
  const about = [
    text('Dataset', ({ dataset }) => dataset),
    text('Model', ({ model }) => model),
    ...[text('Engine', ({ engine }) => engine), text('Scored class', ({ scoredClass }) => scoredClass)].filter(differs),
    text('Setting', ({ setting }) => formatSetting(setting)),
    text('Measure', ({ metric, measure }) => measureOf(describe, metric, measure).title),
    ...(across ? [text('Method', ({ method }) => method ?? '')] : []),
    text(sideTitle(comparisons), (one) => sidesOf(one)[0]),
  ];
  const columns = [
    ...about,
    text('Against', (one) => sidesOf(one)[1]),
    number('Samples', samplesText),
    number('Difference', ({ difference, interval }) => formatEstimate({ value: difference, interval })),
    number('Higher', ({ higher }) => countText(higher)),
    number('Lower', ({ lower }) => countText(lower)),
    ...(comparisons.some(({ test }) => test !== undefined) ? [number('Holm p', ({ test }) => pText(test?.holm))] : []),
  ];
  return { columns, rows: comparisons.map((row) => columns.map((column) => column.text(row))), block: about.length };
}

function comparisonsCsv(comparisons: readonly Comparison[]): string {
  const identity = ['dataset', 'model', 'engine', 'metric', 'scoredClass', 'measure', 'first', 'second'] as const;
  const header = [...identity, 'setting', 'samples', 'difference', 'differenceLow', 'differenceHigh', 'higher', 'lower'];
  const more = ['across', 'method', 'firstRun', 'secondRun', 'otherSamples', 'test', 'p', 'holm', 'family'];
  return csvTable(
    [...header, ...more],
    comparisons.map((row) => [
      ...identity.map((key) => row[key]),
      JSON.stringify(row.setting),
      row.samples,
      row.difference,
      row.interval?.low,
      row.interval?.high,
      row.higher,
      row.lower,
      ...[row.across ?? 'methods', row.method, row.runs?.first, row.runs?.second, row.otherSamples],
      ...[row.test?.name, row.test?.p, row.test?.holm, row.test?.family],
    ]),
  );
}
