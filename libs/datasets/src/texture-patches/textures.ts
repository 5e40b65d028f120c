/**
 * The brightness of a texture at a point, about −1 … 1. x and y are in periods from the centre of the patch, with the phase
 * added.
 */
export type Texture = (x: number, y: number) => number;

/** The radius of a dot as a share of a period. */
const DOT_RADIUS = 0.3;
/** The steepness of a dot's edge: it falls over a sixth of a period, about a pixel. */
const DOT_EDGE = 6;

/**
 * The eight classes, in order. They use only additions, products and square roots, which every platform rounds in the same way.
 * So a seed gives the same bytes everywhere.
 */
export const textures: Readonly<Record<string, Texture>> = {
  'horizontal-stripes': (_x, y) => wave(y),
  'vertical-stripes': (x) => wave(x),
  'rising-stripes': (x, y) => wave((x + y) * Math.SQRT1_2),
  'falling-stripes': (x, y) => wave((x - y) * Math.SQRT1_2),
  checkerboard: (x, y) => sharp(wave(x)) * sharp(wave(y)),
  dots: (x, y) => {
    const dx = x - Math.floor(x) - 0.5;
    const dy = y - Math.floor(y) - 0.5;
    return clamp(DOT_EDGE * (DOT_RADIUS - Math.sqrt(dx * dx + dy * dy)));
  },
  rings: (x, y) => wave(Math.sqrt(x * x + y * y)),
  zigzag: (x, y) => wave(y + 0.5 * wave(x / 2)),
};

/** A triangle wave of period 1 between −1 and 1. */
function wave(x: number): number {
  return 4 * Math.abs(x - Math.floor(x) - 0.5) - 1;
}

/** Nearly a square wave. Its edges are as steep as a period of six pixels can show. */
function sharp(value: number): number {
  return clamp(2 * value);
}

function clamp(value: number): number {
  return Math.min(1, Math.max(-1, value));
}
