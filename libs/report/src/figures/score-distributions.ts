import { renderChart } from './drawing/render-chart.js';
import type { Figure } from './figure.js';
import { methodRows } from './method-rows.js';
import { colours, widths } from './style.js';

export interface ScoreDistributionsData {
  /** What is distributed: `Drop`. */
  readonly measure: string;
  /** At which setting: `keep fraction 0.3`. */
  readonly setting: string;
  /** The range that the bins of every method divide evenly. */
  readonly low: number;
  readonly high: number;
  readonly methods: readonly {
    readonly name: string;
    /** Samples in each bin. */
    readonly counts: ArrayLike<number>;
    readonly mean: number;
    readonly quartiles: readonly [number, number, number];
  }[];
}

/** How the samples' scores spread, a row a method: a histogram, its quartiles as a box and its mean as a point. */
export function scoreDistributions(data: ScoreDistributionsData, title = `${data.measure} of single samples`): Promise<Figure> {
  const { methods, low, high } = data;
  const rows = methodRows(
    methods.map(({ name }) => name),
    46,
  );
  const { names } = rows;
  const bars = methods.flatMap(({ counts }, row) => {
    const largest = Math.max(1, ...Array.from(counts));
    const step = (high - low) / counts.length;
    // Square roots: what lies between tall bars at 0 and 1 stays visible.
    return Array.from(counts, (count, bin) => ({
      ...{ series: names[row] ?? '', from: low + bin * step, to: low + (bin + 1) * step },
      ...{ bottom: row + 0.72, top: row + 0.72 - 0.68 * Math.sqrt(count / largest) },
    })).filter(({ top, bottom }) => top < bottom);
  });
  const boxes = methods.map(({ mean, quartiles: [q1, median, q3] }, row) => ({
    series: names[row] ?? '',
    y: row + 0.84,
    mean,
    q1,
    median,
    q3,
  }));
  const x = {
    type: 'quantitative',
    title: data.measure,
    scale: { domain: [low, high] as [number, number], nice: false },
    axis: { grid: true, tickCount: 6 },
  } as const;
  const scaleY = { domain: [0, methods.length] as [number, number], reverse: true, nice: false };
  const y = { type: 'quantitative', title: null, axis: null, scale: scaleY } as const;
  return renderChart({
    name: 'score-distributions',
    title,
    alt: `${title}${data.setting === '' ? '' : ` at ${data.setting}`}. ${methods.map(({ name, mean, quartiles: [, median] }) => `${name}: mean ${mean.toFixed(3)}, median ${median.toFixed(3)}`).join('; ')}.`,
    spec: {
      title: {
        text: title,
        subtitle: `${data.setting === '' ? '' : `At ${data.setting}. `}Heights: square root of the number of samples; box: quartiles; bar: median; point: mean.`,
      },
      width: Math.floor(widths.full - rows.width - 40),
      height: Math.max(60, methods.length * rows.step),
      layer: [
        {
          data: { values: bars },
          mark: { type: 'rect', color: colours.accent, opacity: 0.6 },
          encoding: {
            x: { ...x, field: 'from' },
            x2: { field: 'to' },
            y: { ...y, field: 'bottom' },
            y2: { field: 'top' },
          },
        },
        {
          data: { values: boxes },
          mark: { type: 'rule', strokeWidth: 5, color: colours.faded },
          encoding: { x: { ...x, field: 'q1' }, x2: { field: 'q3' }, y: { ...y, field: 'y' } },
        },
        {
          data: { values: boxes },
          mark: { type: 'tick', orient: 'vertical', size: 11, thickness: 2, color: colours.ink },
          encoding: { x: { ...x, field: 'median' }, y: { ...y, field: 'y' } },
        },
        {
          data: { values: boxes },
          mark: { type: 'point', filled: true, size: 40, color: colours.second, opacity: 1, stroke: '#ffffff', strokeWidth: 1 },
          encoding: { x: { ...x, field: 'mean' }, y: { ...y, field: 'y' } },
        },
        {
          data: { values: boxes.map((box) => ({ ...box, y: box.y - 0.3 })) },
          mark: { type: 'text', align: 'right', baseline: 'middle', dx: -8, x: 0, lineBreak: '\n', lineHeight: 14 },
          encoding: { y: { ...y, field: 'y' }, text: { field: 'series' } },
        },
      ],
    },
  });
}
