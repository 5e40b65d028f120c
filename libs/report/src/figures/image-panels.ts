import { resizeBilinear, sizeOf, type Tensor } from '@xaigrid/tensor';
import type { ColourMap } from './drawing/colour-maps.js';
import { imageAddress } from './drawing/encode-image.js';
import { renderChart } from './drawing/render-chart.js';
import { colourBarImage, overlayImage, sampleImage } from './drawing/sample-image.js';
import { fitted, textWidth } from './drawing/text-width.js';
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
      /** A second line under the picture: `drop 0.31`. */
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
}

const COLUMNS = 5;
const GAP = 10;
const BAR = 64;
const side = Math.floor((widths.full - BAR - GAP * COLUMNS) / COLUMNS);

interface Cell {
  readonly x: number;
  readonly y: number;
  readonly url: string;
  readonly title: string;
  readonly note: string;
  readonly height: number;
}

/** Samples one below the other: the image, then every method's map in colour over it, in lines of five pictures, with a colour bar. */
export function imagePanels({ samples }: ImagePanelsData, options: ImagePanelsOptions): Promise<Figure> {
  const { name, title, colourMap = 'viridis' } = options;
  const cells: Cell[] = [];
  const captions: { readonly y: number; readonly text: string }[] = [];
  let top = 0;
  let smooth = true;
  for (const { caption, image: original, maps } of samples) {
    const image = asShown(original);
    const [rows = 1, columns = 1] = image.shape;
    const height = Math.round((side * rows) / columns);
    if (columns < side) smooth = false;
    captions.push({ y: top + typeSizes.label, text: fitted(caption, widths.full, typeSizes.label) });
    top += typeSizes.label + 20;
    const noted = maps.some(({ note }) => note !== undefined);
    const pictures = [
      { title: 'input', note: '', url: imageAddress(sampleImage(image)) },
      ...maps.map(({ method, note = '', map }) => ({
        title: method,
        note,
        url: imageAddress(overlayImage(image, asShown(map), colourMap)),
      })),
    ];
    for (const [at, picture] of pictures.entries()) {
      if (at > 0 && at % COLUMNS === 0) top += height + 30 + (noted ? 14 : 0);
      cells.push({
        x: (at % COLUMNS) * (side + GAP),
        y: top + typeSizes.label,
        url: picture.url,
        title: fitted(picture.title, side, typeSizes.label),
        note: fitted(picture.note, side, typeSizes.small),
        height,
      });
    }
    top += height + 34 + (noted ? 14 : 0);
  }
  const used = Math.min(COLUMNS, Math.max(...samples.map(({ maps }) => maps.length + 1)));
  const barX = used * (side + GAP);
  const barTop = cells[0]?.y ?? 0;
  const barHeight = cells[0]?.height ?? side;
  const ends = [
    { y: barTop + 8, text: 'highest' },
    { y: barTop + barHeight - 2, text: 'lowest' },
  ];
  const place = { field: 'y', type: 'quantitative', scale: null, axis: null } as const;
  const placeX = { field: 'x', type: 'quantitative', scale: null, axis: null } as const;
  return renderChart({
    name,
    title,
    alt: `${title}. ${samples.map(({ caption, maps }) => `${caption}: ${maps.map(({ method, note }) => (note === undefined ? method : `${method} ${note}`)).join(', ')}`).join('. ')}.`,
    spec: {
      title: {
        text: title,
        subtitle: 'Colours: each map from its lowest to its highest value, half and half over the grey image.',
      },
      width: barX + Math.max(...ends.map(({ text }) => textWidth(text, typeSizes.small))) + 24,
      height: Math.max(1, top - 20),
      layer: [
        {
          data: { values: captions },
          mark: { type: 'text', align: 'left', baseline: 'alphabetic', fontWeight: 600, x: 0 },
          encoding: { y: place, text: { field: 'text' } },
        },
        {
          data: { values: cells },
          mark: { type: 'text', align: 'left', baseline: 'alphabetic', dy: -4, color: colours.faintInk },
          encoding: { x: placeX, y: place, text: { field: 'title' } },
        },
        {
          data: { values: cells },
          mark: { type: 'image', width: side, height: barHeight, align: 'left', baseline: 'top', aspect: false, smooth },
          encoding: { x: placeX, y: place, url: { field: 'url', type: 'nominal' } },
        },
        {
          data: { values: cells.map((cell) => ({ ...cell, y: cell.y + cell.height })) },
          mark: { type: 'text', align: 'left', baseline: 'top', dy: 4, fontSize: typeSizes.small, color: colours.faintInk },
          encoding: { x: placeX, y: place, text: { field: 'note' } },
        },
        {
          data: { values: [{ x: barX, y: barTop, url: imageAddress(colourBarImage(colourMap)) }] },
          mark: { type: 'image', width: 12, height: barHeight, align: 'left', baseline: 'top', aspect: false },
          encoding: { x: placeX, y: place, url: { field: 'url', type: 'nominal' } },
        },
        {
          data: { values: ends.map((end) => ({ ...end, x: barX + 18 })) },
          mark: { type: 'text', align: 'left', fontSize: typeSizes.small },
          encoding: { x: placeX, y: place, text: { field: 'text' } },
        },
      ],
    },
  });
}

/** Not more than two pixels for each that is shown: pages stay small. */
function asShown(picture: Tensor): Tensor {
  const [rows = 1, columns = 1] = picture.shape;
  if (columns <= 2 * side) return picture;
  const extents = [Math.round((rows * 2 * side) / columns), 2 * side];
  const channels = sizeOf(picture.shape) / (rows * columns);
  const resized = resizeBilinear({ shape: [1, rows, columns, channels], data: picture.data }, extents);
  return { shape: [...extents, channels], data: resized.data };
}
