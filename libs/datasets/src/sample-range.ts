/** @throws RangeError unless 0 ≤ start ≤ end ≤ size. Other values are a bug of the caller. */
export function checkRange(start: number, end: number, size: number): void {
  if (Number.isInteger(start) && Number.isInteger(end) && start >= 0 && start <= end && end <= size) return;
  throw new RangeError(`Samples ${start} … ${end} are not in a data set of ${size} samples.`);
}

/** @throws RangeError if an index is not in 0 … size − 1. */
export function checkIndices(indices: Int32Array, size: number): void {
  const outside = indices.find((index) => index < 0 || index >= size);
  if (outside !== undefined) throw new RangeError(`Sample ${outside} is not in a data set of ${size} samples.`);
}
