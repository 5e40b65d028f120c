import type { Interval } from '@xaigrid/contracts';
import { estimatePlaces, formatNumber } from '../estimate-text.js';
import { renderChart } from './drawing/render-chart.js';
import type { Figure } from './figure.js';
import { methodRows, rowChannel } from './method-rows.js';
import { quantity } from './quantity.js';
import { colours, widths } from './style.js';

export interface PairDifferencesData {
  /** What is compared: `Drop rate`, and which values are better. */
  readonly measure: string;
  readonly direction: string;
  readonly setting: string;
  /** The method that all others are compared with. */
  readonly best: string;
  /** The others: their value minus the best one's, sample by sample. */
  readonly others: readonly { readonly name: string; readonly difference: number; readonly interval?: Interval | undefined }[];
}

/** How far every method is from the best, with 95 % intervals. Those that contain zero do not differ from the best. */
export function pairDifferences(data: PairDifferencesData, title: string): Promise<Figure> {
  const { measure, direction, setting, best, others } = data;
  const rows = methodRows(others.map(({ name }) => name));
  const values = others.map(({ difference, interval = { low: difference, high: difference } }, at) => ({
    ...{ series: rows.names[at] ?? '', difference, low: interval.low, high: interval.high },
    apart: interval.low > 0 || interval.high < 0,
  }));
  const y = rowChannel(rows);
  const x = (field: string) =>
    quantity(field, {
      title: `${measure}: difference from ${best} (${direction})`,
      ...{ scale: { zero: true, nice: true }, axis: { grid: true, tickCount: 6 } },
    });
  const colour = { condition: { test: 'datum.apart', value: colours.accent }, value: colours.second };
  return renderChart({
    ...{ name: 'differences', title },
    alt: `${title}${setting === '' ? '' : ` at ${setting}`}. ${others.map(({ name, difference, interval }) => `${name} ${inWords(difference, interval)}`).join('; ')}.`,
    spec: {
      title: {
        text: title,
        subtitle: [
          `${setting === '' ? '' : `At ${setting}. `}Points: mean difference, sample by sample; whiskers: 95 % intervals.`,
          'Blue: told apart from the best; orange: the interval contains 0, not told apart.',
        ],
      },
      width: Math.floor(widths.full - rows.width - 60),
      height: { step: rows.step },
      data: { values },
      layer: [
        {
          data: { values: [{ zero: 0 }] },
          mark: { type: 'rule', color: colours.faintInk, strokeWidth: 1.2 },
          encoding: { x: { field: 'zero', type: 'quantitative' } },
        },
        { mark: { type: 'rule', strokeWidth: 1.8 }, encoding: { y, x: x('low'), x2: { field: 'high' }, color: colour } },
        { mark: { type: 'point', filled: true, size: 60, opacity: 1 }, encoding: { y, x: x('difference'), color: colour } },
      ],
    },
  });
}

/** `0.120 from 0.015 to 0.225`, with the places that the interval needs. */
function inWords(value: number, interval: Interval | undefined): string {
  const places = Math.max(3, estimatePlaces({ value, interval }));
  const [middle, ...bounds] = [value, ...(interval === undefined ? [] : [interval.low, interval.high])].map((one) =>
    formatNumber(one, places),
  );
  return bounds.length === 0 ? (middle ?? '') : `${middle ?? ''} from ${bounds.join(' to ')}`;
}
