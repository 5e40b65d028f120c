import {
  interpolateBrBG,
  interpolateCividis,
  interpolateInferno,
  interpolateMagma,
  interpolatePlasma,
  interpolatePuOr,
  interpolateRdBu,
  interpolateViridis,
} from 'd3-scale-chromatic';

const ENTRIES = 256;

/** For maps without negative values: equal steps of the value look equally large, and the lightness rises with it. */
const unsigned = {
  viridis: interpolateViridis,
  magma: interpolateMagma,
  inferno: interpolateInferno,
  plasma: interpolatePlasma,
  cividis: interpolateCividis,
};

/** For maps with negative values: white at zero, equally dark at equal distances from it. The first colour is above zero. */
const signed = {
  'red-blue': (position: number) => interpolateRdBu(1 - position),
  'orange-purple': (position: number) => interpolatePuOr(1 - position),
  'teal-brown': interpolateBrBG,
};

/** Which colours a map gets, without and with negative values. */
export interface Colours {
  readonly unsigned: keyof typeof unsigned;
  readonly signed: keyof typeof signed;
}

export const defaultColours: Colours = { unsigned: 'viridis', signed: 'red-blue' };
export const unsignedNames = Object.keys(unsigned) as Colours['unsigned'][];
export const signedNames = Object.keys(signed) as Colours['signed'][];

const tables = new Map<(position: number) => string, Uint8ClampedArray>();

/** `[red, green, blue]` of 256 values from the lowest to the highest. */
export function colourTable(isSigned: boolean, colours: Colours = defaultColours): Uint8ClampedArray {
  const of = isSigned ? signed[colours.signed] : unsigned[colours.unsigned];
  const known = tables.get(of);
  if (known !== undefined) return known;
  const table = new Uint8ClampedArray(ENTRIES * 3);
  for (let entry = 0; entry < ENTRIES; entry += 1) table.set(channels(of(entry / (ENTRIES - 1))), entry * 3);
  tables.set(of, table);
  return table;
}

/** `#440154` or `rgb(68, 1, 84)` */
function channels(text: string): number[] {
  if (!text.startsWith('#')) return (text.match(/[\d.]+/g) ?? []).map(Number);
  const value = Number.parseInt(text.slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}

/** Where the colour of a value is in its table. */
export function entryOf(value: number, low: number, high: number): number {
  const position = high > low ? (value - low) / (high - low) : 0.5;
  return 3 * Math.max(0, Math.min(ENTRIES - 1, Math.round(position * (ENTRIES - 1))));
}

/** The colour of a value as CSS writes it. */
export function colourOf(
  value: number,
  { low, high, isSigned }: { readonly low: number; readonly high: number; readonly isSigned: boolean },
  colours?: Colours,
): string {
  const table = colourTable(isSigned, colours);
  const entry = entryOf(value, low, high);
  return `rgb(${table[entry] ?? 0} ${table[entry + 1] ?? 0} ${table[entry + 2] ?? 0})`;
}
