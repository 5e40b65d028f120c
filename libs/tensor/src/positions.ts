/** Whether an input is a row of a table: its neighbours mean nothing. */
export function isTable(inputShape: readonly number[]): boolean {
  return inputShape.length === 1;
}

/**
 * What the parts of an input's shape mean. `[...positions, channels]` has channels at each position; of a table's row,
 * `[features]`, each feature is a position of its own, with one value.
 */
export function positionsOfShape(inputShape: readonly number[]): readonly number[] {
  return isTable(inputShape) ? inputShape : inputShape.slice(0, -1);
}

/** The same of a batch: `[n, ...inputShape]` → `[n, ...positions]`. */
export function positionsOfBatch([samples = 0, ...inputShape]: readonly number[]): readonly number[] {
  return [samples, ...positionsOfShape(inputShape)];
}

/** Values at each position. */
export function channelsOfShape(inputShape: readonly number[]): number {
  return isTable(inputShape) ? 1 : (inputShape.at(-1) ?? 1);
}
