import type { Tensor } from '@xaigrid/tensor';
import { renderChart } from './drawing/render-chart.js';
import { meanOverChannels } from './drawing/sample-image.js';
import { wrapped } from './drawing/text-width.js';
import type { Figure } from './figure.js';
import { quantity } from './quantity.js';
import { colours, typeSizes, widths } from './style.js';

export interface Template {
  /** What it is: `template of class 3`. */
  readonly title: string;
  readonly values: ArrayLike<number>;
}

export interface SignalPanelsData {
  /** `[length, channels]`; several channels are drawn as their mean */
  readonly input: Tensor;
  /** The class as it is meant; it may be shorter or longer than the input. */
  readonly template?: Template | undefined;
  readonly maps: readonly {
    /** `sise, drop rate 0.31` */
    readonly caption: string;
    /** `[length]` or `[length, channels]` */
    readonly map: Tensor;
    /** The positions that stay at the setting, one value per position; absent if a setting keeps none. */
    readonly kept?: ArrayLike<boolean>;
  }[];
  /** How positions were kept: `keep 0.3`; absent if a setting keeps none. */
  readonly keep?: string;
}

/** Panels in a line, and the space of their axes and gaps. */
const COLUMNS = 4;
const WIDTH = Math.floor((widths.full - COLUMNS * 54) / COLUMNS);
const LINE = 13;

/**
 * One sample: its input and the template of its class, then for each method its map and the input that the map keeps, two methods
 * a line.
 */
export function signalPanels(
  data: SignalPanelsData,
  options: { readonly name: string; readonly title: string },
): Promise<Figure> {
  const { name, title } = options;
  const { input, template, maps, keep } = data;
  const isKept = keep !== undefined && maps.some(({ kept }) => kept !== undefined);
  const length = input.shape[0] ?? 0;
  const inputs = Array.from(meanOverChannels(input, length));
  const first = [
    { ...panel(['Input']), ...lines([{ values: inputs, color: colours.ink, strokeWidth: 1.5 }]) },
    ...(template === undefined
      ? []
      : [
          {
            ...panel(wrapped(capitalised(template.title), WIDTH, typeSizes.label)),
            ...lines([{ values: Array.from(template.values), color: colours.ink, strokeWidth: 1.5 }]),
          },
        ]),
  ];
  const captions = maps.map(({ caption }) => wrapped(caption, WIDTH, typeSizes.label));
  const methods = maps.flatMap(({ map, kept }, at) => [
    { ...panel(captions[at] ?? []), ...bars(Array.from(meanOverChannels(map, length))) },
    ...(isKept ? [{ ...panel(['kept'], 400), ...keptLayers(inputs, kept) }] : []),
  ]);
  return renderChart({
    ...{ name, title },
    alt: `${title}: the input${template === undefined ? '' : `, the ${template.title}`} and the maps of ${maps.map(({ caption }) => caption).join('; ')}${isKept ? `, each with the input that stays (${keep})` : ''}.`,
    spec: {
      title: {
        ...{ text: title, offset: 12 },
        subtitle: `Against positions. Maps: blue above zero, orange below${isKept ? `; dots: what stays of the input at ${keep}` : ''}.`,
      },
      spacing: 14,
      vconcat: [
        { spacing: 14, hconcat: first },
        { columns: COLUMNS, spacing: 14, align: 'all' as const, concat: methods },
      ],
      resolve: { scale: { x: 'independent', y: 'independent' } },
    },
  });
}

function panel(title: readonly string[], fontWeight: 400 | 600 = 600) {
  return {
    ...{ width: WIDTH, height: 78 },
    title: { text: [...title], fontSize: typeSizes.label, fontWeight, lineHeight: LINE, offset: 4, anchor: 'start' as const },
  };
}

const x = quantity('position', {
  title: null,
  ...{ axis: { tickCount: 4, grid: false }, scale: { nice: false, zero: false } },
});

function y(field: string, zero: boolean) {
  return quantity(field, { title: null, ...{ axis: { tickCount: 3, grid: true }, scale: { zero } } });
}

function rows(values: readonly number[]): { position: number; value: number }[] {
  return values.map((value, position) => ({ position, value }));
}

interface Line {
  readonly values: readonly number[];
  readonly color: string;
  readonly strokeWidth: number;
}

function lines(all: readonly Line[]) {
  return {
    layer: all.map(({ values, color, strokeWidth }) => ({
      data: { values: rows(values) },
      mark: { type: 'line' as const, color, strokeWidth },
      encoding: { x, y: y('value', false) },
    })),
  };
}

function bars(values: readonly number[]) {
  return {
    layer: [
      {
        data: { values: rows(values) },
        mark: { type: 'bar' as const, width: Math.max(0.6, Math.min(2.4, 110 / values.length)) },
        encoding: {
          ...{ x, y: y('value', true) },
          color: { condition: { test: 'datum.value < 0', value: colours.second }, value: colours.accent },
        },
      },
    ],
  };
}

function keptLayers(inputs: readonly number[], kept: ArrayLike<boolean> | undefined) {
  return {
    layer: [
      ...lines([{ values: inputs, color: colours.faded, strokeWidth: 1 }]).layer,
      {
        data: { values: rows(inputs).filter(({ position }) => kept?.[position] === true) },
        mark: { type: 'point' as const, filled: true, size: 16, color: colours.accent, opacity: 1 },
        encoding: { x, y: y('value', false) },
      },
    ],
  };
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
