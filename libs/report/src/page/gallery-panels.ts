import { descendingThresholds, resizeLinear, sizeOf, type Tensor } from '@xaigrid/tensor';
import type { ColourMap, SignedColourMap } from '../figures/drawing/colour-maps.js';
import { featurePanels } from '../figures/feature-panels.js';
import type { Figure } from '../figures/figure.js';
import { imagePanels, type ImagePanelsData } from '../figures/image-panels.js';
import { signalPanels, type Template } from '../figures/signal-panels.js';
import { formatSetting } from '../table-columns.js';
import { volumeSlice } from '../volume-slice.js';

/** A sample of a gallery, with its maps. */
export interface GallerySample {
  readonly caption: string;
  /** `[features]`, `[length, channels]`, `[height, width, channels]` or `[depth, height, width, channels]` */
  readonly input: Tensor;
  /** The names of a table's features, if known. */
  readonly featureNames?: readonly string[] | undefined;
  /** The signal that samples of its class are made from, if the data set knows it. */
  readonly template?: Template | undefined;
  readonly maps: readonly { readonly method: string; readonly note: string; readonly map: Tensor }[];
}

/** The size limit of all pictures of one page, in bytes of the page. It leaves room for the rest within 15 MB. */
const PICTURE_BYTES = 7_000_000;

/** The bytes of a PNG pixel that cannot be compressed: three, as base64. */
const BYTES_PER_PIXEL = 4;

/** Pictures are shown 136 pixels wide. Two pixels for each are as many as screens can show. */
const WIDEST = 272;

/** Positions of a signal that a panel can show. */
const LONGEST = 400;

/** The bytes of a position in the panels of one map, drawn as SVG: a bar, a dot and points of three lines. */
const BYTES_PER_POSITION = 230;

export interface PictureLimits {
  /** The longest side of an image, in pixels. */
  readonly side: number;
  /** Positions of a signal. */
  readonly positions: number;
}

/**
 * The finest pictures at which a page stays within its size limit.
 * @param pictures the number of pictures on the whole page
 */
export function pictureLimits(pictures: number): PictureLimits {
  const bytes = PICTURE_BYTES / Math.max(1, pictures);
  return {
    side: Math.max(16, Math.min(WIDEST, Math.floor(Math.sqrt(bytes / BYTES_PER_PIXEL)))),
    positions: Math.max(16, Math.min(LONGEST, Math.floor(bytes / BYTES_PER_POSITION))),
  };
}

/**
 * Samples with their maps: images, and of volumes one slice, with overlays side by side in one figure; signals with what each map
 * keeps, and rows of tables, in a figure a sample.
 * @param options.limits from `pictureLimits`
 */
export async function galleryPanels(
  samples: readonly GallerySample[],
  options: {
    readonly name: string;
    readonly title: string;
    readonly limits: PictureLimits;
    readonly setting: Readonly<Record<string, unknown>>;
    readonly colourMap?: ColourMap;
    readonly signedColourMap?: SignedColourMap;
  },
): Promise<Figure[]> {
  const { name, title, limits, setting, ...colourings } = options;
  const axes = samples[0]?.input.shape.length;
  if (axes === undefined) return [];
  if (axes >= 3) {
    const panels = samples.map((sample) => imagePanel(sample, limits.side));
    return [await imagePanels({ samples: panels }, { name, title, ...colourings })];
  }
  const keeps = typeof setting.keepFraction === 'number' || typeof setting.keepThreshold === 'number';
  const keep = keeps ? { keep: `keep ${formatSetting(setting)}` } : {};
  const figures: Figure[] = [];
  for (const [at, { caption, input, featureNames, template, maps }] of samples.entries()) {
    const named = { name: `${name}-${at + 1}`, title: caption };
    if (axes === 1) {
      const panels = maps.map(({ method, note, map }) => ({
        ...{ caption: `${method}, ${note}`, map: map.data },
        ...(keeps ? { kept: keptPositions(map, setting) } : {}),
      }));
      figures.push(await featurePanels({ input: input.data, featureNames, maps: panels, ...keep }, named));
      continue;
    }
    const panels = maps.map(({ method, note, map }) => ({
      caption: `${method}, ${note}`,
      map: shorter(map, limits.positions),
      ...(keeps ? { kept: shorterFlags(keptPositions(map, setting), limits.positions) } : {}),
    }));
    const data = { input: shorter(input, limits.positions), template, maps: panels };
    figures.push(await signalPanels({ ...data, ...keep }, named));
  }
  return figures;
}

/** @param side the longest side, in pixels */
function imagePanel({ caption, input, maps }: GallerySample, side: number): ImagePanelsData['samples'][number] {
  const slice = volumeSlice(
    input,
    maps.map(({ map }) => map),
  );
  return {
    caption: slice.caption === '' ? caption : `${caption}, ${slice.caption}, the slice with the largest map values`,
    image: smaller(slice.input, side),
    maps: maps.map((entry, at) => ({ ...entry, map: smaller(slice.maps[at] ?? entry.map, side) })),
  };
}

/**
 * The positions that a setting keeps, by the metric's rule: value > θ. With channels, a position stays if any of its values does.
 * @param map `[length]` or `[length, channels]`
 */
export function keptPositions(map: Tensor, setting: Readonly<Record<string, unknown>>): boolean[] {
  const { keepFraction, keepThreshold } = setting;
  const [length = 0] = map.shape;
  const channels = sizeOf(map.shape) / length;
  const threshold =
    typeof keepFraction === 'number'
      ? (descendingThresholds(map.data, [keepFraction]).thresholds[0] ?? Infinity)
      : typeof keepThreshold === 'number'
        ? keepThreshold
        : -Infinity;
  return Array.from({ length }, (_, position) =>
    map.data.subarray(position * channels, (position + 1) * channels).some((value) => value > threshold),
  );
}

function smaller(picture: Tensor, side: number): Tensor {
  const [rows = 1, columns = 1] = picture.shape;
  const factor = side / Math.max(rows, columns);
  if (factor >= 1) return picture;
  const extents = [Math.max(1, Math.round(rows * factor)), Math.max(1, Math.round(columns * factor))];
  const channels = sizeOf(picture.shape) / (rows * columns);
  const { data } = resizeLinear({ shape: [1, rows, columns, channels], data: picture.data }, extents);
  return { shape: [...extents, channels], data };
}

/** Every n-th position. This keeps edges of signals, which means would blur. */
function shorter(signal: Tensor, most: number): Tensor {
  const [length = 0] = signal.shape;
  const step = Math.ceil(length / most);
  if (step <= 1) return signal;
  const channels = sizeOf(signal.shape) / length;
  const rows = Math.ceil(length / step);
  const data = new Float32Array(rows * channels);
  for (let row = 0; row < rows; row += 1) {
    const start = row * step * channels;
    data.set(signal.data.subarray(start, start + channels), row * channels);
  }
  return { shape: [rows, ...signal.shape.slice(1)], data };
}

function shorterFlags(kept: readonly boolean[], most: number): boolean[] {
  const step = Math.ceil(kept.length / most);
  return step <= 1 ? [...kept] : kept.filter((_, position) => position % step === 0);
}
