import {
  interpolateBrBG,
  interpolateCividis,
  interpolateGreys,
  interpolateInferno,
  interpolatePRGn,
  interpolateRdBu,
  interpolateViridis,
} from 'd3-scale-chromatic';

export const colourMaps = ['viridis', 'cividis', 'inferno', 'greys', 'jet'] as const;
/**
 * Colour maps for maps without negative values. In `viridis` (default), `cividis` and `inferno` the lightness rises with the
 * value, so they are readable in print. `greys` is for print. `jet` is the one of the report's pictures.
 */
export type ColourMap = (typeof colourMaps)[number];

export const signedColourMaps = ['red-blue', 'purple-green', 'brown-teal', 'same'] as const;
/**
 * Colour maps for maps with negative values: positive ones in the first colour, negative ones in the second, white at zero.
 * `same`: the colour map for maps without negative values.
 */
export type SignedColourMap = (typeof signedColourMaps)[number];

const ENTRIES = 256;

const interpolators: Readonly<
  Record<Exclude<ColourMap, 'jet'> | Exclude<SignedColourMap, 'same'>, (position: number) => string>
> = {
  viridis: interpolateViridis,
  cividis: interpolateCividis,
  inferno: interpolateInferno,
  greys: (position) => interpolateGreys(1 - position),
  'red-blue': (position) => interpolateRdBu(1 - position),
  'purple-green': (position) => interpolatePRGn(1 - position),
  'brown-teal': (position) => interpolateBrBG(1 - position),
};

/**
 * 256 colours, `[256, 3]`, 0 to 255: from d3-scale-chromatic (after matplotlib and ColorBrewer), jet by matplotlib's definition.
 */
export function colourTable(name: ColourMap | Exclude<SignedColourMap, 'same'>): Uint8Array {
  const table = new Uint8Array(ENTRIES * 3);
  for (let entry = 0; entry < ENTRIES; entry += 1) {
    const position = entry / (ENTRIES - 1);
    table.set(name === 'jet' ? jetColour(position) : cssColour(interpolators[name](position)), entry * 3);
  }
  return table;
}

/** `#440154` or `rgb(68, 1, 84)` */
function cssColour(text: string): [number, number, number] {
  if (text.startsWith('#')) return hexColour(text);
  const [red = 0, green = 0, blue = 0] = (text.match(/[\d.]+/g) ?? []).map((part) => Math.round(Number(part)));
  return [red, green, blue];
}

function hexColour(text: string): [number, number, number] {
  const value = Number.parseInt(text.slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}

/** [position, intensity] corners of straight lines. */
type Corners = readonly (readonly [number, number])[];
const jet: readonly [Corners, Corners, Corners] = [
  [
    [0, 0],
    [0.35, 0],
    [0.66, 1],
    [0.89, 1],
    [1, 0.5],
  ],
  [
    [0, 0],
    [0.125, 0],
    [0.375, 1],
    [0.64, 1],
    [0.91, 0],
    [1, 0],
  ],
  [
    [0, 0.5],
    [0.11, 1],
    [0.34, 1],
    [0.65, 0],
    [1, 0],
  ],
];

function jetColour(position: number): [number, number, number] {
  const [red, green, blue] = jet.map((corners) => Math.trunc(between(corners, position) * 255));
  return [red ?? 0, green ?? 0, blue ?? 0];
}

function between(corners: Corners, position: number): number {
  const after = corners.findIndex(([x]) => x >= position);
  const [x1, y1] = corners[after] ?? [1, 0];
  const [x0, y0] = corners[after - 1] ?? [0, y1];
  return x1 === x0 ? y1 : y0 + ((y1 - y0) * (position - x0)) / (x1 - x0);
}
