/** The ten 12-point digit templates of MNIST-1D (Greydanus 2020), digit 0 first, before they are normalised. */
const drawn = [
  [5, 6, 6.5, 6.75, 7, 7, 7, 7, 6.75, 6.5, 6, 5],
  [5, 3, 3, 3.4, 3.8, 4.2, 4.6, 5, 5.4, 5.8, 5, 5],
  [5, 6, 6.5, 6.5, 6, 5.25, 4.75, 4, 3.5, 3.5, 4, 5],
  [5, 6, 6.5, 6.5, 6, 5, 5, 6, 6.5, 6.5, 6, 5],
  [5, 4.4, 3.8, 3.2, 2.6, 2.6, 5, 5, 5, 5, 5, 5],
  [5, 3, 3, 3, 3, 5, 6, 6.5, 6.5, 6, 4.5, 5],
  [5, 4, 3.5, 3.25, 3, 3, 3, 3, 3.25, 3.5, 4, 5],
  [5, 7, 7, 6.6, 6.2, 5.8, 5.4, 5, 4.6, 4.2, 5, 5],
  [5, 4, 3.5, 3.5, 4, 5, 5, 4, 3.5, 3.5, 4, 5],
  [5, 4, 3.5, 3.5, 4, 5, 5, 5, 5, 4.7, 4.3, 5],
] as const;

export const TEMPLATE_LENGTH = 12;
export const TEMPLATES = drawn.length;

/** The templates as the generator uses them: each is standardised, moved to begin at 0, and divided by 6. */
export function normalisedTemplates(): Float64Array[] {
  return drawn.map((points) => {
    const mean = points.reduce((sum: number, point) => sum + point, 0) / points.length;
    const variance = points.reduce((sum: number, point) => sum + (point - mean) ** 2, 0) / points.length;
    const standardised = points.map((point) => (point - mean) / Math.sqrt(variance));
    const first = standardised[0] ?? 0;
    return Float64Array.from(standardised, (value) => (value - first) / 6);
  });
}
