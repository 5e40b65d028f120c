import type { Interval } from '@xaigrid/contracts';
import { renderChart, type ChartLayer } from './drawing/render-chart.js';
import { distinctNames, seriesChannels } from './drawing/series.js';
import { fitted, textWidth } from './drawing/text-width.js';
import type { Figure } from './figure.js';
import { typeSizes, widths } from './style.js';

export interface KeepCurvesData {
  /** What the settings vary: `Keep fraction`, `Keep threshold`. */
  readonly axis: string;
  /** One panel each: `drop`, `increase`. */
  readonly measures: readonly { readonly key: string; readonly title: string }[];
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

const LONGEST_NAME = 200;

/** Every measure against the keep fraction, a line a method with its 95 % band; at a single keep fraction, a point a method. */
export function keepCurves(
  data: KeepCurvesData,
  title = `Drop and increase rate against ${data.axis.toLowerCase()}`,
): Promise<Figure> {
  const names = distinctNames(data.methods.map(({ name }) => fitted(name, LONGEST_NAME, typeSizes.label)));
  const panels = data.measures.map((measure) => ({ title: measure.title, rows: rowsOf(data, names, measure.key) }));
  const keeps = new Set(panels.flatMap(({ rows }) => rows.map(({ keep }) => keep)));
  const alt = panels
    .map(
      (panel) =>
        `${panel.title}: ${names.map((name) => `${name} ${inWords(panel.rows.filter(({ series }) => series === name))}`).join('; ')}`,
    )
    .join('. ');
  const [only] = keeps.size === 1 ? keeps : [];
  const subtitle =
    only === undefined
      ? 'Means over samples; bands: 95 % intervals.'
      : `Means over samples; whiskers: 95 % intervals. ${data.axis} ${only}.`;
  const highest = Math.max(0.1, Math.min(1, ...[Math.max(...panels.flatMap(({ rows }) => rows.map(({ high }) => high)))]));
  const arrangement = { names, panels, axis: data.axis, highest };
  return renderChart({
    name: 'keep-curves',
    title,
    alt: `${title}. ${alt}.`,
    spec: {
      title: { text: title, subtitle },
      spacing: 30,
      hconcat: only === undefined ? sweepPanels(arrangement) : pointPanels(arrangement),
      resolve: { scale: { color: 'shared', strokeDash: 'shared', shape: 'shared' } },
    },
  });
}

interface Arrangement {
  readonly names: readonly string[];
  readonly panels: readonly { readonly title: string; readonly rows: readonly Row[] }[];
  readonly axis: string;
  readonly highest: number;
}

interface Panel {
  readonly width: number;
  readonly height: number | { step: number };
  readonly data: { readonly values: Row[] };
  readonly layer: ChartLayer[];
}

function sweepPanels({ names, panels, axis, highest }: Arrangement): Panel[] {
  const widest = Math.max(...names.map((name) => textWidth(name, typeSizes.label)));
  const columns = Math.max(1, Math.min(names.length, Math.floor(widths.full / (widest + 50))));
  const legend = {
    orient: 'bottom',
    columns,
    symbolSize: 80,
    symbolOpacity: 1,
    symbolStrokeWidth: 0,
    columnPadding: 20,
  } as const;
  const { color, strokeDash, shape } = seriesChannels(names, legend);
  return panels.map((panel) => {
    const x: Channel = {
      ...quantity('keep', axis),
      scale: { zero: false, nice: false, padding: 6 },
      axis: { grid: false, tickCount: 6 },
    };
    const rate = (field: string): Channel => ({
      ...quantity(field, panel.title),
      scale: { domain: [0, highest], nice: true },
      axis: { grid: true, tickCount: 5 },
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

/** Methods as rows, so that their names stand beside their points. */
function pointPanels({ names, panels, highest }: Arrangement): Panel[] {
  const { color, shape } = seriesChannels(names, null);
  const widest = Math.max(...names.map((name) => textWidth(name, typeSizes.label)));
  return panels.map((panel, at) => {
    const y = {
      field: 'series',
      type: 'nominal',
      sort: [...names],
      title: null,
      axis: { labels: at === 0, ticks: false, domain: at === 0, labelLimit: LONGEST_NAME, grid: true },
    } as const;
    const rate = (field: string): Channel => ({
      ...quantity(field, panel.title),
      scale: { domain: [0, highest], nice: true },
      axis: { grid: true, tickCount: 5 },
    });
    return {
      width: Math.floor((widths.full - 70 - widest) / panels.length),
      height: { step: 26 },
      data: { values: [...panel.rows] },
      layer: [
        { mark: { type: 'rule', strokeWidth: 1.8 }, encoding: { y, x: rate('low'), x2: { field: 'high' }, color } },
        { mark: { type: 'point', filled: true, size: 60, opacity: 1 }, encoding: { y, x: rate('value'), color, shape } },
      ],
    };
  });
}

interface Channel {
  readonly field: string;
  readonly type: 'quantitative';
  readonly title: string;
  readonly scale: { domain?: number[]; zero?: boolean; nice?: boolean; padding?: number };
  readonly axis: { grid: boolean; tickCount: number };
}

function quantity(field: string, title: string): Pick<Channel, 'field' | 'type' | 'title'> {
  return { field, type: 'quantitative', title };
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
