/** CIE XYZ of linear sRGB, white point D65. */
const XYZ_OF_RGB = [
  [0.412453, 0.35758, 0.180423],
  [0.212671, 0.71516, 0.072169],
  [0.019334, 0.119193, 0.950227],
] as const;
const WHITE = [0.95047, 1, 1.08883] as const;

/**
 * sRGB colours as CIE L*a*b* (D65, 2° observer), `[..., 3]`; L from 0 to 100. The distance of two such colours is about how
 * different they look. The constants are those of `rgb2lab` of scikit-image 0.26.
 * @param rgb from 0 to 1
 */
export function labOfRgb(rgb: Float64Array): Float64Array<ArrayBuffer> {
  const lab = new Float64Array(rgb.length);
  for (let at = 0; at < rgb.length; at += 3) {
    const [r, g, b] = [linear(rgb[at] ?? NaN), linear(rgb[at + 1] ?? NaN), linear(rgb[at + 2] ?? NaN)];
    const [x, y, z] = XYZ_OF_RGB.map(([ofR, ofG, ofB], axis) => scaled((ofR * r + ofG * g + ofB * b) / (WHITE[axis] ?? 1)));
    lab[at] = 116 * (y ?? NaN) - 16;
    lab[at + 1] = 500 * ((x ?? NaN) - (y ?? NaN));
    lab[at + 2] = 200 * ((y ?? NaN) - (z ?? NaN));
  }
  return lab;
}

/** Removes sRGB's gamma. */
function linear(value: number): number {
  return value > 0.04045 ? ((value + 0.055) / 1.055) ** 2.4 : value / 12.92;
}

function scaled(value: number): number {
  return value > 0.008856 ? Math.cbrt(value) : 7.787 * value + 16 / 116;
}
