import type { Interval } from '@xaigrid/contracts';
import { renderChart } from './drawing/render-chart.js';
import { distinctNames, seriesChannels } from './drawing/series.js';
import { textWidth } from './drawing/text-width.js';
import type { Figure } from './figure.js';
import { methodRows, rowChannel } from './method-rows.js';
import { quantity } from './quantity.js';
import { typeSizes, widths } from './style.js';

export interface SettingPointsData {
  readonly measure: string;
  readonly direction: string;
  /** What the rows have in common: `keep 0.3`; empty where nothing. */
  readonly setting: string;
  /** What differs: `baseline zero`, `baseline mean`. */
  readonly variants: readonly string[];
  readonly methods: readonly {
    readonly name: string;
    /** In the order of the variants. */
    readonly values: readonly ({ readonly value: number; readonly interval?: Interval | undefined } | undefined)[];
  }[];
}

/**
 * One measure under several settings of the metric side by side, such as baselines: whether the order of methods depends on them.
 */
export function settingPoints(data: SettingPointsData, title: string): Promise<Figure> {
  const { measure, direction, setting, variants, methods } = data;
  const names = distinctNames(variants);
  const rows = methodRows(
    methods.map(({ name }) => name),
    10 + 12 * variants.length,
  );
  const values = methods.flatMap((method, row) =>
    method.values.flatMap((found, at) => {
      if (found === undefined || !Number.isFinite(found.value)) return [];
      const { value, interval = { low: value, high: value } } = found;
      return [{ method: rows.names[row] ?? '', series: names[at] ?? '', value, low: interval.low, high: interval.high }];
    }),
  );
  const widest = Math.max(...names.map((name) => textWidth(name, typeSizes.label)));
  const columns = Math.max(1, Math.floor(widths.full / (widest + 50)));
  const { color, shape } = seriesChannels(names, { orient: 'bottom', columns, symbolOpacity: 1, labelLimit: widths.full - 60 });
  const y = { ...rowChannel(rows), field: 'method' };
  const yOffset = { field: 'series', type: 'nominal', sort: [...names] } as const;
  const x = (field: string) =>
    quantity(field, {
      title: `${measure} (${direction})`,
      ...{ scale: { zero: true, nice: true }, axis: { grid: true, tickCount: 6 } },
    });
  return renderChart({
    ...{ name: 'settings', title },
    alt: `${title}. ${methods.map((method) => `${method.name}: ${variants.map((variant, at) => `${variant} ${method.values[at]?.value.toFixed(3) ?? 'not measured'}`).join(', ')}`).join('; ')}.`,
    spec: {
      title: { text: title, subtitle: `${setting === '' ? '' : `At ${setting}. `}Means over samples; whiskers: 95 % intervals.` },
      width: Math.floor(widths.full - rows.width - 60),
      height: { step: rows.step, for: 'position' },
      data: { values },
      layer: [
        { mark: { type: 'rule', strokeWidth: 1.6 }, encoding: { y, yOffset, x: x('low'), x2: { field: 'high' }, color } },
        { mark: { type: 'point', filled: true, size: 50, opacity: 1 }, encoding: { y, yOffset, x: x('value'), color, shape } },
      ],
    },
  });
}
