type Float64 = Float64Array<ArrayBuffer>;

/** Softmax of each row of `[rows, classes]`, in float64. */
export function softmaxRows(logits: ArrayLike<number>, classes: number): Float64 {
  const outputs = new Float64Array(logits.length);
  for (let start = 0; start < logits.length; start += classes) {
    let largest = -Infinity;
    for (let c = 0; c < classes; c++) largest = Math.max(largest, logits[start + c] ?? 0);
    let sum = 0;
    for (let c = 0; c < classes; c++) {
      const value = Math.exp((logits[start + c] ?? 0) - largest);
      outputs[start + c] = value;
      sum += value;
    }
    for (let c = 0; c < classes; c++) outputs[start + c] = (outputs[start + c] ?? 0) / sum;
  }
  return outputs;
}
