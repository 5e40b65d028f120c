import { renderChart } from './drawing/render-chart.js';
import { distinctNames, seriesChannels } from './drawing/series.js';
import { fitted } from './drawing/text-width.js';
import type { Figure } from './figure.js';
import { typeSizes, widths } from './style.js';

export interface ClassTemplatesData {
  readonly classes: readonly {
    readonly name: string;
    /** One number a position, by what it is: `template`, `mean of the test set`; the same names in every class. */
    readonly series: Readonly<Record<string, ArrayLike<number>>>;
  }[];
}

const COLUMNS = 5;
const MOST_CLASSES = 40;

/** The classes of a signal data set side by side, each with its template or mean: the differences that a model can use. */
export function classTemplates({ classes }: ClassTemplatesData, title = 'Class templates'): Promise<Figure> {
  const shown = classes.slice(0, MOST_CLASSES);
  const names = distinctNames(shown.map(({ name }) => fitted(name, 120, typeSizes.label)));
  const series = [...new Set(shown.flatMap((entry) => Object.keys(entry.series)))];
  const rows = shown.flatMap((entry, at) =>
    Object.entries(entry.series).flatMap(([kind, values]) =>
      Array.from(values, (value, position) => ({ class: names[at], series: kind, position, value })),
    ),
  );
  const legend = series.length > 1 ? ({ orient: 'bottom', symbolType: 'stroke', symbolSize: 500 } as const) : null;
  const { color, strokeDash } = seriesChannels(series, legend);
  return renderChart({
    name: 'class-templates',
    title,
    alt: `${title}: ${series.join(' and ')} of ${shown.map(({ name }) => name).join(', ')}, one small plot each.`,
    spec: {
      title: {
        text: title,
        ...(shown.length < classes.length ? { subtitle: `the first ${shown.length} of ${classes.length} classes` } : {}),
      },
      data: { values: rows },
      facet: { field: 'class', type: 'nominal', sort: [...names], title: null, header: { labelPadding: 3 } },
      columns: COLUMNS,
      spacing: 16,
      spec: {
        width: Math.floor((widths.full - 30 - COLUMNS * 20) / COLUMNS),
        height: 80,
        mark: { type: 'line', strokeWidth: 1.6 },
        encoding: {
          x: {
            field: 'position',
            type: 'quantitative',
            title: null,
            axis: { tickCount: 3, grid: false },
            scale: { nice: false },
          },
          y: { field: 'value', type: 'quantitative', title: null, axis: { tickCount: 3, grid: true }, scale: { zero: false } },
          color,
          strokeDash,
        },
      },
    },
  });
}
