import type { Tensor } from '@xaigrid/tensor';
import { renderChart } from './drawing/render-chart.js';
import { meanOverChannels } from './drawing/sample-image.js';
import type { Figure } from './figure.js';
import { colours, widths } from './style.js';

export interface Template {
  /** What it is: `template of class 3`. */
  readonly title: string;
  readonly values: ArrayLike<number>;
}

export interface SignalPanelsData {
  readonly samples: readonly {
    /** `Sample 12, class 3, predicted 5 (0.81)` */
    readonly caption: string;
    /** `[length, channels]`; several channels are drawn as their mean */
    readonly input: Tensor;
    /** `[length]` or `[length, channels]` */
    readonly map: Tensor;
    /** A class as it is meant; it may be shorter or longer than the input. */
    readonly template?: Template | undefined;
    /** Which positions stay at the keep setting, one a position. */
    readonly kept: ArrayLike<boolean>;
  }[];
  /** How positions were kept: `keep fraction 0.3`. */
  readonly keep: string;
}

type Panel = 'input' | 'map' | 'template' | 'kept';

/** Samples one below the other, each with its input, its map, its class's template and the input that the map keeps. */
export function signalPanels(
  data: SignalPanelsData,
  options: { readonly name: string; readonly title: string },
): Promise<Figure> {
  const { name, title } = options;
  const panels: Panel[] = data.samples.some(({ template }) => template !== undefined)
    ? ['input', 'map', 'template', 'kept']
    : ['input', 'map', 'kept'];
  const titles = { input: 'Input', map: 'Map', template: 'Class template', kept: `Input kept (${data.keep})` };
  const width = Math.floor((widths.full - panels.length * 38) / panels.length);
  return renderChart({
    name,
    title,
    alt: `${title}: for each sample the ${panels.map((panel) => titles[panel].toLowerCase()).join(', ')}. ${data.samples.map(({ caption }) => caption).join('. ')}.`,
    spec: {
      title: { text: title, offset: 16 },
      spacing: 18,
      vconcat: data.samples.map((sample) => ({
        title: { text: sample.caption, fontSize: 11.5, offset: 4 },
        spacing: 14,
        hconcat: panels.map((panel) => ({
          width,
          height: 84,
          data: { values: panel === 'template' ? templateRows(sample.template?.values ?? []) : rowsOf(sample) },
          layer: layersOf(panel),
          encoding: {
            x: {
              field: 'position',
              type: 'quantitative' as const,
              title: panel === 'template' && sample.template !== undefined ? capitalised(sample.template.title) : titles[panel],
              axis: { tickCount: 4, grid: false, titleFontWeight: 400 },
              scale: { nice: false, zero: false },
            },
          },
        })),
      })),
      resolve: { scale: { x: 'independent', y: 'independent' } },
    },
  });
}

interface Row {
  readonly position: number;
  readonly input: number;
  readonly map: number;
  readonly kept: number;
  readonly stays: boolean;
}

function rowsOf({ input, map, kept }: SignalPanelsData['samples'][number]): Row[] {
  const length = input.shape[0] ?? 0;
  const inputs = meanOverChannels(input, length);
  const maps = meanOverChannels(map, length);
  return Array.from(inputs, (value, position) => ({
    position,
    input: value,
    map: maps[position] ?? 0,
    kept: kept[position] === true ? value : 0,
    stays: kept[position] === true,
  }));
}

function templateRows(template: ArrayLike<number>): { position: number; template: number }[] {
  return Array.from(template, (value, position) => ({ position, template: value }));
}

function layersOf(panel: Panel) {
  const y = (field: string) =>
    ({ field, type: 'quantitative', title: null, axis: { tickCount: 3, grid: true }, scale: { zero: panel === 'map' } }) as const;
  const line = (field: string, color: string, strokeWidth: number) => ({
    mark: { type: 'line' as const, color, strokeWidth },
    encoding: { y: y(field) },
  });
  switch (panel) {
    case 'input':
      return [line('input', colours.ink, 1.5)];
    case 'template':
      return [line('template', colours.ink, 1.5)];
    case 'map':
      return [{ mark: { type: 'bar' as const, color: colours.accent, width: 2.4 }, encoding: { y: y('map') } }];
    case 'kept':
      return [
        line('input', colours.faded, 1),
        {
          mark: { type: 'point' as const, filled: true, size: 16, color: colours.accent, opacity: 1 },
          encoding: { y: y('kept') },
          transform: [{ filter: 'datum.stays' }],
        },
      ];
  }
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
