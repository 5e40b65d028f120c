import type { Comparison } from '@xaigrid/contracts';
import type { TableFormat } from './format-table.js';
import { detailMeasures, formatEstimate, formatSetting, measureTitle } from './table-columns.js';
import { csvTable, tableLayouts, type TableTexts, type TextStyle } from './table-layouts.js';

/** Renders comparisons. `table`, `markdown` and `latex` are rounded for people; `json` and `csv` hold every number in full. */
export function formatComparisons(comparisons: readonly Comparison[], format: TableFormat, style?: TextStyle): string {
  if (format === 'json') return `${JSON.stringify(comparisons, undefined, 2)}\n`;
  return format === 'csv' ? comparisonsCsv(comparisons) : tableLayouts[format](textsOf(comparisons), style);
}

interface Column {
  readonly title: string;
  readonly align: 'left' | 'right';
  readonly text: (comparison: Comparison) => string;
  readonly optional?: number;
}

/** Of the data set and not of the maps: all methods have the same. */
const sampleMeasures: ReadonlySet<string> = new Set(['regionArea']);

function isForPeople({ measure }: Comparison): boolean {
  return !detailMeasures.has(measure) && !sampleMeasures.has(measure);
}

function textsOf(all: readonly Comparison[]): TableTexts {
  const shown = all.filter(isForPeople);
  // Who asks for such a measure alone gets it.
  const comparisons = shown.length > 0 ? shown : all;
  const text = (title: string, of: Column['text']): Column => ({ title, align: 'left', text: of });
  const number = (title: string, of: Column['text']): Column => ({ title, align: 'right', text: of });
  const differs = ({ text: of }: Column): boolean => new Set(comparisons.map(of)).size > 1;
  const about = [
    text('Dataset', ({ dataset }) => dataset),
    text('Model', ({ model }) => model),
    ...[text('Engine', ({ engine }) => engine), text('Scored class', ({ scoredClass }) => scoredClass)].filter(differs),
    text('Setting', ({ setting }) => formatSetting(setting)),
    text('Measure', ({ measure }) => measureTitle(measure)),
    text('Method', ({ first }) => first),
  ];
  const columns = [
    ...about,
    text('Against', ({ second }) => second),
    { ...number('Samples', ({ samples }) => String(samples)), optional: 3 },
    number('Difference', ({ difference, interval }) => formatEstimate({ value: difference, interval })),
    { ...number('Higher', ({ higher }) => String(higher)), optional: 2 },
    { ...number('Lower', ({ lower }) => String(lower)), optional: 2 },
  ];
  return { columns, rows: comparisons.map((row) => columns.map((column) => column.text(row))), block: about.length };
}

function comparisonsCsv(comparisons: readonly Comparison[]): string {
  const identity = ['dataset', 'model', 'engine', 'metric', 'scoredClass', 'measure', 'first', 'second'] as const;
  const header = [...identity, 'setting', 'samples', 'difference', 'differenceLow', 'differenceHigh', 'higher', 'lower'];
  return csvTable(
    header,
    comparisons.map((row) => [
      ...identity.map((key) => row[key]),
      JSON.stringify(row.setting),
      row.samples,
      row.difference,
      row.interval?.low,
      row.interval?.high,
      row.higher,
      row.lower,
    ]),
  );
}
