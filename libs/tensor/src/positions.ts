/**
 * What the parts of an input's shape mean. `[...positions, channels]` has channels at each position; of a table's row,
 * `[features]`, each feature is a position of its own, with one value.
 */
export function positionsOfShape(inputShape: readonly number[]): readonly number[] {
  return inputShape.length === 1 ? inputShape : inputShape.slice(0, -1);
}

/** Values at each position. */
export function channelsOfShape(inputShape: readonly number[]): number {
  return inputShape.length === 1 ? 1 : (inputShape.at(-1) ?? 1);
}

/** Whether an input is a row of a table: its neighbours mean nothing. */
export function isTable(inputShape: readonly number[]): boolean {
  return inputShape.length === 1;
}
