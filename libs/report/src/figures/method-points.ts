import type { Interval } from '@xaigrid/contracts';
import { renderChart, type ChartLayer } from './drawing/render-chart.js';
import type { Figure } from './figure.js';
import { methodRows, rowChannel } from './method-rows.js';
import { quantity } from './quantity.js';
import { colours, widths } from './style.js';

export interface MethodPointsData {
  /** One panel each. */
  readonly measures: readonly { readonly key: string; readonly title: string; readonly direction: string }[];
  /** The best first. */
  readonly methods: readonly {
    readonly name: string;
    readonly isControl: boolean;
    readonly values: Readonly<Record<string, { readonly value: number; readonly interval?: Interval | undefined } | undefined>>;
    /** The values of chance, by measure. */
    readonly chance: Readonly<Record<string, number | undefined>>;
  }[];
  /** The setting in words; empty if there is only one. */
  readonly setting: string;
}

/**
 * Every measure of a metric at one setting: a row per method, a point with its 95 % interval, and a line at the value of chance.
 */
export function methodPoints(data: MethodPointsData, title: string): Promise<Figure> {
  const { measures, methods, setting } = data;
  const rows = methodRows(methods.map(({ name }) => name));
  const hasChance = methods.some(({ chance }) => Object.values(chance).some((value) => value !== undefined));
  const hasControl = methods.some(({ isControl }) => isControl);
  const width = Math.floor((widths.full - rows.width - 40 - 24 * measures.length) / Math.max(1, measures.length));
  const notes = [
    ...(setting === '' ? [] : [`At ${setting}`]),
    'means over samples; whiskers: 95 % intervals',
    ...(hasControl ? ['hollow: control'] : []),
    ...(hasChance ? ['dashed: what chance gives'] : []),
  ].join('; ');
  const alt = measures
    .map(
      ({ key, title: name, direction }) =>
        `${name} (${direction}): ${methods.map((method) => `${method.name} ${inWords(method.values[key], method.chance[key])}`).join('; ')}`,
    )
    .join('. ');
  return renderChart({
    ...{ name: 'methods', title, alt: `${title}. ${alt}.` },
    spec: {
      title: { text: title, subtitle: `${notes.charAt(0).toUpperCase()}${notes.slice(1)}.` },
      spacing: 18,
      hconcat: measures.map((measure, at) => {
        const values = methods.flatMap(({ values: all, isControl, chance }, row) => {
          const found = all[measure.key];
          if (found === undefined || !Number.isFinite(found.value)) return [];
          const { value, interval = { low: value, high: value } } = found;
          const { low, high } = interval;
          return [{ series: rows.names[row] ?? '', value, low, high, isControl, chance: chance[measure.key] }];
        });
        const y = rowChannel(rows, at === 0);
        const x = (field: string) =>
          quantity(field, {
            title: [measure.title, `(${measure.direction})`],
            scale: { zero: true, nice: true },
            axis: { grid: true, tickCount: 4 },
          });
        const chance: ChartLayer[] = hasChance
          ? [
              {
                transform: [{ filter: 'isValid(datum.chance)' }],
                mark: {
                  type: 'tick',
                  orient: 'vertical',
                  size: rows.step - 4,
                  thickness: 1.5,
                  strokeDash: [3, 2],
                  color: colours.second,
                },
                encoding: { y, x: x('chance') },
              },
            ]
          : [];
        return {
          ...{ width, height: { step: rows.step }, data: { values } },
          layer: [
            ...chance,
            {
              mark: { type: 'rule', strokeWidth: 1.8, color: colours.accent },
              encoding: { y, x: x('low'), x2: { field: 'high' } },
            },
            {
              mark: { type: 'point', filled: true, size: 60, opacity: 1, stroke: colours.accent, strokeWidth: 1.6 },
              encoding: {
                ...{ y, x: x('value') },
                fill: { condition: { test: 'datum.isControl', value: '#ffffff' }, value: colours.accent },
              },
            },
          ],
        };
      }),
    },
  });
}

function inWords(found: { readonly value: number } | undefined, chance: number | undefined): string {
  if (found === undefined) return 'not measured';
  return `${found.value.toFixed(3)}${chance === undefined ? '' : `, chance ${chance.toFixed(3)}`}`;
}
