type Float64 = Float64Array<ArrayBuffer>;

/**
 * The gradient at a mask of −weight times the mean of (m − r)², where r is the mask that the area asks for: 1 at the largest share
 * `area` of all places, 0 at the others (Fong et al. 2019, equation 3).
 *
 * Places are ranked by their values in float32, and equal ones by their order. Many places of a smooth mask are equal but for their
 * last bits, which would otherwise decide.
 */
export function areaGradient(mask: Float64, { area, weight }: { readonly area: number; readonly weight: number }): Float64 {
  const ranked = Float32Array.from(mask);
  const hidden = Math.trunc(mask.length * (1 - area));
  const threshold = hidden === 0 ? -Infinity : (ranked.slice().sort()[hidden - 1] ?? NaN);
  let equalHidden = hidden - ranked.reduce((count, value) => count + (value < threshold ? 1 : 0), 0);
  return mask.map((value, place) => {
    const own = ranked[place] ?? NaN;
    const isHidden = own < threshold || (own === threshold && equalHidden-- > 0);
    return (-2 * weight * (value - (isHidden ? 0 : 1))) / mask.length;
  });
}
