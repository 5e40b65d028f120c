import { csvTable, tableLayouts, type PageTable, type TextStyle } from '@xaigrid/report';
import type { ModelQuality } from './model-quality.js';
import { confusedTable, modelFacts, mostConfused, perClassTable } from './model-tables.js';

export const metricsFormats = ['table', 'json', 'csv', 'markdown', 'latex'] as const;
type MetricsFormat = (typeof metricsFormats)[number];

/** The metrics of models as text: tables are rounded, `json` and `csv` have every number in full. */
export function formatModelMetrics(qualities: readonly ModelQuality[], format: MetricsFormat, style?: TextStyle): string {
  if (format === 'json') return `${JSON.stringify(qualities.map(plainMetrics), undefined, 2)}\n`;
  if (format === 'csv') return csvMetrics(qualities);
  return qualities.map((quality) => tablesOf(quality, format, style)).join('\n');
}

function tablesOf(quality: ModelQuality, format: keyof typeof tableLayouts, style: TextStyle | undefined): string {
  const layout = tableLayouts[format];
  const { title } = quality.subject;
  const facts: PageTable = {
    caption: `How good ${title} is`,
    columns: [
      { title: 'Metric', align: 'left' },
      { title: 'Value', align: 'right' },
    ],
    rows: modelFacts(quality).map(({ name, value }) => [name, value]),
  };
  const heading = { table: (text: string) => `${text}\n\n`, markdown: (text: string) => `### ${text}\n\n`, latex: comment };
  const confused = quality.report.confusion === undefined ? [] : [confusedTable(quality)];
  return [facts, ...confused, perClassTable(quality)]
    .map((table) => heading[format](table === facts ? table.caption : `${title}: ${table.caption}`) + layout(table, style))
    .join('\n');
}

function comment(text: string): string {
  return `% ${text}\n`;
}

/** All numbers as plain values, named as in docs/report.md. */
function plainMetrics(quality: ModelQuality): unknown {
  const { subject, engine, samples, planned, classNames, accuracyInterval, report } = quality;
  const { classes, confusion, perClass, ...others } = report;
  const named = <Row extends { readonly class: number }>({ class: index, ...row }: Row) => ({
    ...{ class: index, name: classNames[index] },
    ...row,
  });
  return {
    ...{ dataset: subject.dataset, model: subject.model, engine },
    ...others,
    ...{ samples, planned, classes, accuracyInterval },
    mostConfused: mostConfused(quality).map((row) => ({
      ...named(row),
      confusedWith: row.confusedWith.map((other) => named(other)),
    })),
    perClass: perClass.map((row) => named(row)),
    ...(confusion === undefined
      ? {}
      : {
          confusion: Array.from({ length: classes }, (_, truth) =>
            Array.from(confusion.counts.subarray(truth * classes, (truth + 1) * classes)),
          ),
        }),
  };
}

const numbers = ['support', 'predicted', 'accuracy', 'precision', 'recall', 'f1', 'rocAuc', 'averagePrecision'] as const;

/** One line per class, then one per average. The accuracy of the micro average is that of the model. */
function csvMetrics(qualities: readonly ModelQuality[]): string {
  const header = ['dataset', 'model', 'class', 'name', ...numbers];
  const lines = qualities.flatMap(({ subject, classNames, report }) => {
    const { averages, perClass, samples, accuracy } = report;
    const line = (key: number | string, name: string, values: Partial<Record<(typeof numbers)[number], number | undefined>>) => [
      ...[subject.dataset, subject.model, key, name],
      ...numbers.map((column) => values[column]),
    ];
    return [
      ...perClass.map((row) => line(row.class, classNames[row.class] ?? '', row)),
      line('macro', 'macro average', { support: samples, ...averages.macro }),
      line('weighted', 'weighted average', { support: samples, ...averages.weighted }),
      line('micro', 'micro average', { support: samples, predicted: samples, accuracy, ...averages.micro }),
    ];
  });
  return csvTable(header, lines);
}
