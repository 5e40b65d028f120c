/** All combinations of a grid's values; the last key varies fastest. `[{}]` without a grid. */
export function gridPoints(grid: Readonly<Record<string, readonly unknown[]>> | undefined): Readonly<Record<string, unknown>>[] {
  return Object.entries(grid ?? {}).reduce<Readonly<Record<string, unknown>>[]>(
    (points, [key, values]) => points.flatMap((point) => values.map((value) => ({ ...point, [key]: value }))),
    [{}],
  );
}
