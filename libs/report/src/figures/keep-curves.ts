import type { Interval } from '@xaigrid/contracts';
import { renderChart, type ChartLayer } from './drawing/render-chart.js';
import { distinctNames, seriesChannels } from './drawing/series.js';
import { textWidth } from './drawing/text-width.js';
import type { Figure } from './figure.js';
import { quantity } from './quantity.js';
import { typeSizes, widths } from './style.js';

export interface KeepCurvesData {
  /** What the settings vary: `Keep fraction`. */
  readonly axis: string;
  /** One panel each: `drop`, `increase`. */
  readonly measures: readonly { readonly key: string; readonly title: string; readonly direction: string }[];
  readonly methods: readonly {
    readonly name: string;
    readonly points: readonly {
      readonly keep: number;
      readonly values: Readonly<Record<string, { readonly value: number; readonly interval?: Interval | undefined } | undefined>>;
    }[];
  }[];
}

interface Row {
  readonly series: string;
  readonly keep: number;
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Every measure against a setting: one line per method, with its 95 % band. */
export function keepCurves(data: KeepCurvesData, title: string): Promise<Figure> {
  const names = distinctNames(data.methods.map(({ name }) => name));
  const panels = data.measures.map((measure) => ({
    title: `${measure.title} (${measure.direction})`,
    rows: rowsOf(data, names, measure.key),
  }));
  const alt = panels
    .map(
      (panel) =>
        `${panel.title}: ${names.map((name) => `${name} ${inWords(panel.rows.filter(({ series }) => series === name))}`).join('; ')}`,
    )
    .join('. ');
  const highest = Math.max(0.1, ...panels.flatMap(({ rows }) => rows.map(({ high }) => high)));
  const lowest = Math.min(0, ...panels.flatMap(({ rows }) => rows.map(({ low }) => low)));
  const arrangement = { names, panels, axis: data.axis, domain: [lowest, highest] };
  return renderChart({
    name: 'keep-curves',
    title,
    alt: `${title}. ${alt}.`,
    spec: {
      title: { text: title, subtitle: 'Means over samples; bands: 95 % intervals.' },
      spacing: 30,
      hconcat: sweepPanels(arrangement),
      resolve: { scale: { color: 'shared', strokeDash: 'shared', shape: 'shared' } },
    },
  });
}

interface Arrangement {
  readonly names: readonly string[];
  readonly panels: readonly { readonly title: string; readonly rows: readonly Row[] }[];
  readonly axis: string;
  readonly domain: readonly number[];
}

interface Panel {
  readonly width: number;
  readonly height: number;
  readonly data: { readonly values: Row[] };
  readonly layer: ChartLayer[];
}

function sweepPanels({ names, panels, axis, domain }: Arrangement): Panel[] {
  const widest = Math.max(...names.map((name) => textWidth(name, typeSizes.label)));
  const columns = Math.max(1, Math.min(names.length, Math.floor(widths.full / (widest + 50))));
  const legend = {
    orient: 'bottom',
    columns,
    symbolSize: 80,
    symbolOpacity: 1,
    symbolStrokeWidth: 0,
    ...{ columnPadding: 20, labelLimit: widths.full - 60 },
  } as const;
  const { color, strokeDash, shape } = seriesChannels(names, legend);
  return panels.map((panel) => {
    const x = quantity('keep', {
      title: axis,
      ...{ scale: { zero: false, nice: false, padding: 6 }, axis: { grid: false, tickCount: 6 } },
    });
    const rate = (field: string) =>
      quantity(field, {
        title: panel.title,
        ...{ scale: { domain: [...domain], nice: true }, axis: { grid: true, tickCount: 5 } },
      });
    return {
      width: Math.floor((widths.full - 100) / panels.length),
      height: 260,
      data: { values: [...panel.rows] },
      layer: [
        {
          mark: { type: 'area', opacity: 0.13 },
          encoding: { x, y: rate('low'), y2: { field: 'high' }, color },
        },
        {
          mark: 'line',
          encoding: { x, y: rate('value'), color: { ...color, legend: null }, strokeDash: { ...strokeDash, legend: null } },
        },
        { mark: { type: 'point', filled: true, size: 46, opacity: 1 }, encoding: { x, y: rate('value'), color, shape } },
      ],
    };
  });
}

function rowsOf(data: KeepCurvesData, names: readonly string[], key: string): Row[] {
  return data.methods.flatMap(({ points }, at) =>
    points.flatMap(({ keep, values }) => {
      const measured = values[key];
      if (measured === undefined || !Number.isFinite(measured.value)) return [];
      const { value, interval = { low: value, high: value } } = measured;
      return [{ series: names[at] ?? '', keep, value, low: interval.low, high: interval.high }];
    }),
  );
}

function inWords(points: readonly Row[]): string {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return 'not measured';
  if (first === last) return first.value.toFixed(3);
  return `from ${first.value.toFixed(3)} at ${first.keep} to ${last.value.toFixed(3)} at ${last.keep}`;
}
