import type { Tensor } from '@xaigrid/tensor';
import type { ColourMap, SignedColourMap } from './drawing/colour-maps.js';
import { imageAddress } from './drawing/encode-image.js';
import { renderChart } from './drawing/render-chart.js';
import {
  colourBarImage,
  mapScale,
  overlayImage,
  overlayInWords,
  sampleImage,
  shrunk,
  type MapScale,
} from './drawing/sample-image.js';
import { wrapped } from './drawing/text-width.js';
import type { Figure } from './figure.js';
import { colours, typeSizes, widths } from './style.js';

export interface ImagePanelsData {
  readonly samples: readonly {
    /** `Sample 12, class STROMA, predicted TUMOR (0.81)` */
    readonly caption: string;
    /** `[height, width, channels]` */
    readonly image: Tensor;
    readonly maps: readonly {
      readonly method: string;
      /** A second line under the picture: `drop rate 0.31`. */
      readonly note?: string;
      /** `[height, width]` or `[height, width, channels]` */
      readonly map: Tensor;
    }[];
  }[];
}

export interface ImagePanelsOptions {
  readonly name: string;
  readonly title: string;
  readonly colourMap?: ColourMap;
  readonly signedColourMap?: SignedColourMap;
}

const COLUMNS = 5;
const GAP = 10;
const LINE = 13;
const BAR = { offset: 4, height: 6, numbers: 24 };
const side = Math.floor((widths.full - GAP * (COLUMNS - 1)) / COLUMNS);

/** One line of text in the figure. */
interface Text {
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly kind: 'caption' | 'title' | 'number' | 'note';
  readonly align: 'left' | 'center' | 'right';
}

/** An image of the figure. */
interface Picture {
  readonly x: number;
  readonly y: number;
  readonly height: number;
  readonly url: string;
}

interface Cell {
  readonly title: readonly string[];
  readonly url: string;
  readonly scale: MapScale | undefined;
  readonly note: readonly string[];
}

/**
 * Samples below each other: the image, then every method's map in colour over it, five in a line, each with its own colour bar
 * and range.
 */
export function imagePanels({ samples }: ImagePanelsData, options: ImagePanelsOptions): Promise<Figure> {
  const { name, title, colourMap = 'viridis', signedColourMap = 'red-blue' } = options;
  const texts: Text[] = [];
  const pictures: Picture[] = [];
  const bars: Picture[] = [];
  let top = 0;
  for (const { caption, image: original, maps } of samples) {
    const image = asShown(original);
    const [rows = 1, columns = 1] = image.shape;
    const height = Math.round((side * rows) / columns);
    for (const text of wrapped(caption, widths.full, typeSizes.label)) {
      top += LINE;
      texts.push({ x: 0, y: top, text, kind: 'caption', align: 'left' });
    }
    top += 6;
    const cells: Cell[] = [
      { title: ['input'], url: imageAddress(sampleImage(image)), scale: undefined, note: [] },
      ...maps.map(({ method, note = '', map }) => {
        const scale = mapScale(map, { colourMap, signedColourMap });
        return {
          title: wrapped(method, side, typeSizes.label),
          url: imageAddress(overlayImage(image, asShown(map), scale)),
          ...{ scale, note: note === '' ? [] : wrapped(note, side, typeSizes.small) },
        };
      }),
    ];
    for (let start = 0; start < cells.length; start += COLUMNS) {
      const line = cells.slice(start, start + COLUMNS);
      const titles = Math.max(...line.map((cell) => cell.title.length));
      const notes = Math.max(...line.map((cell) => cell.note.length));
      const y = top + titles * LINE + 4;
      for (const [at, cell] of line.entries()) {
        const x = at * (side + GAP);
        const first = y - 6 - (cell.title.length - 1) * LINE;
        texts.push(...cell.title.map((text, row): Text => ({ x, y: first + row * LINE, text, kind: 'title', align: 'left' })));
        pictures.push({ x, y, height, url: cell.url });
        const below = y + height + BAR.offset;
        if (cell.scale !== undefined) {
          bars.push({ x, y: below, height: BAR.height, url: imageAddress(colourBarImage(cell.scale)) });
          texts.push(...ends(cell.scale, x, below + BAR.height + 10));
        }
        const under = below + BAR.numbers + 4;
        texts.push(...cell.note.map((text, row): Text => ({ x, y: under + row * LINE, text, kind: 'note', align: 'left' })));
      }
      top = y + height + BAR.offset + BAR.numbers + notes * LINE;
    }
    top += 14;
  }
  const extent = samples.map(({ image }) => asShown(image).shape);
  const [rows = 1, columns = 1] = extent[0] ?? [];
  const isSmooth = extent.every(([, across = 0]) => across >= side);
  const used = Math.min(COLUMNS, Math.max(...samples.map(({ maps }) => maps.length + 1)));
  const place = { field: 'y', type: 'quantitative', scale: null, axis: null } as const;
  const placeX = { field: 'x', type: 'quantitative', scale: null, axis: null } as const;
  const width = Math.max(used * (side + GAP) - GAP, 430);
  const images = (values: readonly Picture[], smooth: boolean) =>
    ({
      data: { values: values.map((value) => ({ ...value })) },
      mark: {
        type: 'image',
        width: side,
        align: 'left',
        baseline: 'top',
        aspect: false,
        smooth,
        height: values[0]?.height ?? side,
      },
      encoding: { x: placeX, y: place, url: { field: 'url', type: 'nominal' } },
    }) as const;
  const byHeight = new Map<number, Picture[]>();
  for (const picture of pictures) byHeight.set(picture.height, [...(byHeight.get(picture.height) ?? []), picture]);
  return renderChart({
    ...{ name, title },
    alt: `${title}. ${samples.map(({ caption, maps }) => `${caption}: ${maps.map(({ method, note }) => (note === undefined ? method : `${method} ${note}`)).join(', ')}`).join('. ')}.`,
    spec: {
      title: {
        text: title,
        subtitle: [
          `${capitalised(overlayInWords(rows, columns))}.`,
          'Each map has its own colour bar: zero is in the middle if there are negative values, else it runs from lowest to highest.',
        ],
      },
      ...{ width, height: Math.max(1, top - 14) },
      layer: [
        ...[...byHeight.values()].map((group) => images(group, isSmooth)),
        ...(bars.length > 0 ? [images(bars, true)] : []),
        ...groupedTexts(texts).map((group) => textLayer(group)),
      ],
    },
  });
}

/** Lowest and highest value under a colour bar, and zero in its middle. */
function ends({ low, high, isSigned }: MapScale, x: number, y: number): Text[] {
  const at = (text: string, align: Text['align'], offset: number): Text => ({ x: x + offset, y, text, kind: 'number', align });
  if (low === high) return [at(`${shortNumber(low)} everywhere`, 'left', 0)];
  return [
    at(shortNumber(low), 'left', 0),
    ...(isSigned ? [at('0', 'center', side / 2)] : []),
    at(shortNumber(high), 'right', side),
  ];
}

/** `0.031`, `1.2e-5`, with a true minus sign. */
function shortNumber(value: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  const text = size >= 0.001 && size < 10_000 ? String(Number(value.toPrecision(2))) : value.toExponential(1);
  return text.replace('-', '−').replace('e-', 'e−').replace('e+', 'e');
}

function groupedTexts(texts: readonly Text[]): Text[][] {
  const groups = new Map<string, Text[]>();
  for (const text of texts) {
    const key = `${text.kind} ${text.align}`;
    groups.set(key, [...(groups.get(key) ?? []), text]);
  }
  return [...groups.values()];
}

function textLayer(texts: readonly Text[]) {
  const [{ kind, align }] = [texts[0] ?? { kind: 'note' as const, align: 'left' as const }];
  const isSmall = kind === 'number' || kind === 'note';
  return {
    data: { values: texts.map(({ x, y, text }) => ({ x, y, text })) },
    mark: {
      ...{ type: 'text' as const, align, baseline: 'alphabetic' as const },
      ...{
        fontSize: isSmall ? typeSizes.small : typeSizes.label,
        fontWeight: kind === 'caption' ? (600 as const) : (400 as const),
      },
      color: kind === 'caption' || kind === 'number' ? colours.ink : colours.faintInk,
    } as const,
    encoding: {
      x: { field: 'x', type: 'quantitative' as const, scale: null, axis: null },
      y: { field: 'y', type: 'quantitative' as const, scale: null, axis: null },
      text: { field: 'text' },
    },
  };
}

/** At most two pixels for each one that is shown, so that pages stay small. */
function asShown(picture: Tensor): Tensor {
  return shrunk(picture, 2 * side);
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
