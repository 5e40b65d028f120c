import { wilsonInterval } from '@xaigrid/contracts';
import { renderChart } from './drawing/render-chart.js';
import { distinctNames } from './drawing/series.js';
import { fitted, textWidth } from './drawing/text-width.js';
import type { Figure } from './figure.js';
import { colours, paleAccent, typeSizes, widths } from './style.js';

export interface ClassBarsData {
  /** In class order. */
  readonly classes: readonly {
    readonly name: string;
    /** 0 to 1; undefined where the class has no sample. */
    readonly value: number | undefined;
    /**
     * The number of samples, if the value is a share of them. Then its 95 % interval (Wilson) is drawn. Absent for other values,
     * such as F1.
     */
    readonly support?: number;
  }[];
  /** The value of all classes together, drawn as a line. */
  readonly overall: { readonly label: string; readonly value: number };
}

export interface ClassBarsOptions {
  readonly name: string;
  readonly title: string;
  /** What the values are: `Accuracy`. */
  readonly measure: string;
}

/** Classes that one figure can show; beyond, the lowest are shown. */
const MOST_CLASSES = 40;

/** One bar a class, with its value; horizontal, so that names of any length and number stay apart. */
export function classBars({ classes, overall }: ClassBarsData, { name, title, measure }: ClassBarsOptions): Promise<Figure> {
  const shown = lowest(classes);
  const names = distinctNames(shown.map((entry) => fitted(entry.name, 190, typeSizes.label)));
  const rows = shown.map((entry, order) => {
    const { value, support } = entry;
    const interval =
      support === undefined || value === undefined ? undefined : wilsonInterval({ ones: value * support, count: support });
    return {
      order,
      name: names[order],
      value: value ?? 0,
      text: value === undefined ? 'no samples' : value.toFixed(3),
      ...(interval === undefined ? {} : { low: interval.low, high: interval.high }),
    };
  });
  const withIntervals = rows.some((row) => row.low !== undefined);
  const notes = [
    ...(shown.length < classes.length ? [`the ${shown.length} lowest of ${classes.length} classes`] : []),
    `${overall.label} ${overall.value.toFixed(3)} (dashed)`,
    ...(withIntervals ? ['whiskers: 95 % intervals'] : []),
  ];
  const y = {
    field: 'name',
    type: 'nominal',
    sort: null,
    title: null,
    axis: { labelLimit: 200, ticks: false, domain: false, labelPadding: 6 },
  } as const;
  return renderChart({
    name,
    title,
    alt: `Bars: ${measure} by class. ${shown.map((entry) => `${entry.name} ${entry.value?.toFixed(3) ?? 'no samples'}`).join(', ')}. ${overall.label} ${overall.value.toFixed(3)}.`,
    spec: {
      title: { text: title, subtitle: notes.join('; ') },
      width: Math.floor(widths.full - 60 - Math.max(...names.map((text) => textWidth(text, typeSizes.label)))),
      height: { step: shown.length > 20 ? 17 : 22 },
      data: { values: rows },
      layer: [
        {
          mark: { type: 'bar', color: paleAccent, stroke: colours.accent, strokeWidth: 1, height: { band: 0.68 } },
          encoding: {
            y,
            x: {
              field: 'value',
              type: 'quantitative',
              scale: { domain: [0, 1], nice: false },
              title: measure,
              axis: { values: [0, 0.2, 0.4, 0.6, 0.8, 1], format: '.1f' },
            },
          },
        },
        {
          mark: { type: 'rule', strokeDash: [5, 3], strokeWidth: 1.5, color: colours.ink },
          data: { values: [{ overall: overall.value }] },
          encoding: { x: { field: 'overall', type: 'quantitative' } },
        },
        ...(withIntervals
          ? [
              {
                mark: { type: 'rule', strokeWidth: 1.3, color: colours.ink },
                encoding: { y, x: { field: 'low', type: 'quantitative' }, x2: { field: 'high' } },
              } as const,
            ]
          : []),
        {
          mark: { type: 'text', align: 'left', dx: 8, fontSize: typeSizes.label },
          encoding: { y, x: { value: { expr: 'width' } }, text: { field: 'text' } },
        },
      ],
    },
  });
}

function lowest(classes: ClassBarsData['classes']): ClassBarsData['classes'] {
  if (classes.length <= MOST_CLASSES) return classes;
  return classes
    .filter(({ value }) => value !== undefined)
    .sort((a, b) => (a.value ?? 0) - (b.value ?? 0))
    .slice(0, MOST_CLASSES);
}
