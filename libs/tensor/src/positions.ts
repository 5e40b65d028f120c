/** Whether an input is a row of a table, `[features]`: neighbouring features have nothing to do with each other. */
export function isTable(inputShape: readonly number[]): boolean {
  return inputShape.length === 1;
}

/**
 * The positions of one input: `[...positions, channels]` → `[...positions]`. In a row of a table, `[features]`, each feature is a
 * position with one value.
 */
export function positionsOfShape(inputShape: readonly number[]): readonly number[] {
  return isTable(inputShape) ? inputShape : inputShape.slice(0, -1);
}

/** The positions of a batch: `[n, ...inputShape]` → `[n, ...positions]`. */
export function positionsOfBatch([samples = 0, ...inputShape]: readonly number[]): readonly number[] {
  return [samples, ...positionsOfShape(inputShape)];
}

/** The number of values at each position of an input of this shape. */
export function channelsOfShape(inputShape: readonly number[]): number {
  return isTable(inputShape) ? 1 : (inputShape.at(-1) ?? 1);
}
