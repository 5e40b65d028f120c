import type { Interval } from '@xaigrid/contracts';
import { renderChart } from './drawing/render-chart.js';
import { wrapped } from './drawing/text-width.js';
import type { Figure } from './figure.js';
import { quantity } from './quantity.js';
import { colours, typeSizes, widths } from './style.js';

export interface KeepMultiplesData {
  /** What the settings vary: `Keep fraction`. */
  readonly axis: string;
  readonly measure: string;
  readonly direction: string;
  /** The best first. */
  readonly methods: readonly {
    readonly name: string;
    /** By ascending setting. */
    readonly points: readonly { readonly keep: number; readonly value: number; readonly interval?: Interval | undefined }[];
  }[];
}

const COLUMNS = 4;
const GAP = 16;
const LINE = 13;

/**
 * One measure of many methods against a setting: a small plot per method, with its 95 % band in colour and the lines of all
 * others in grey.
 */
export function keepMultiples(data: KeepMultiplesData, title: string): Promise<Figure> {
  const { axis, measure, direction, methods } = data;
  const width = Math.floor((widths.full - 60 - (COLUMNS - 1) * (GAP + 22)) / COLUMNS);
  const titles = methods.map(({ name }) => wrapped(name, width + 10, typeSizes.label));
  const lines = Math.max(1, ...titles.map((one) => one.length));
  const all = methods.flatMap(({ points }, series) => points.map(({ keep, value }) => ({ series: String(series), keep, value })));
  const highs = methods.flatMap(({ points }) => points.map(({ value, interval }) => interval?.high ?? value));
  const lows = methods.flatMap(({ points }) => points.map(({ value, interval }) => interval?.low ?? value));
  const domain = [Math.min(0, ...lows), Math.max(0.1, ...highs)];
  return renderChart({
    ...{ name: 'keep-multiples', title },
    alt: `${title} (${direction}). ${methods.map(({ name, points }) => `${name}: ${points.map(({ keep, value }) => `${value.toFixed(3)} at ${keep}`).join(', ')}`).join('; ')}.`,
    spec: {
      title: {
        text: title,
        subtitle: `${measure} (${direction}) against ${axis.toLowerCase()}, the best method first. Blue: the method with its 95 % band; grey: all others.`,
      },
      columns: COLUMNS,
      spacing: GAP,
      concat: methods.map(({ points }, at) => {
        const isLeft = at % COLUMNS === 0;
        const isLowest = at + COLUMNS >= methods.length;
        const x = quantity('keep', {
          title: isLowest ? axis : null,
          ...{ scale: { zero: false, nice: false, padding: 4 }, axis: { grid: false, tickCount: 4 } },
        });
        const y = (field: string) =>
          quantity(field, {
            title: isLeft ? measure : null,
            ...{ scale: { domain: [...domain], nice: true }, axis: { grid: true, tickCount: 4 } },
          });
        const own = points.map(({ keep, value, interval = { low: value, high: value } }) => ({ keep, value, ...interval }));
        return {
          ...{ width, height: 90 },
          title: {
            text: [...Array.from({ length: lines - (titles[at]?.length ?? 1) }, () => ' '), ...(titles[at] ?? [])],
            ...{ fontSize: typeSizes.label, lineHeight: LINE, offset: 4, anchor: 'start' as const },
          },
          layer: [
            {
              data: { values: all.filter(({ series }) => series !== String(at)) },
              mark: { type: 'line' as const, color: colours.faded, strokeWidth: 0.7 },
              encoding: { x, y: y('value'), detail: { field: 'series' } },
            },
            {
              data: { values: own },
              mark: { type: 'area' as const, color: colours.accent, opacity: 0.2 },
              encoding: { x, y: y('low'), y2: { field: 'high' } },
            },
            {
              data: { values: own },
              mark: { type: 'line' as const, color: colours.accent, strokeWidth: 2, point: { size: 18, color: colours.accent } },
              encoding: { x, y: y('value') },
            },
          ],
        };
      }),
    },
  });
}
