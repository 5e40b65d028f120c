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

export interface SoftmaxPair {
  /** Logits of the sample, `[classes]`. */
  readonly x: ArrayLike<number>;
  /** Logits of the reference, `[classes]`. */
  readonly r: ArrayLike<number>;
  /** Multipliers of the outputs, `[classes]`. */
  readonly upstream: ArrayLike<number>;
}

/**
 * DeepLIFT multipliers of softmax, taken apart as shap does (`deep_tf.py`, `softmax`) into centring, exp, sum and
 * division. In float64: this is where float32 breaks down.
 *
 * The division's two-input Shapley rule needs no quotient of differences: it is linear in the numerator, which gets
 * (1/s_x + 1/s_r)/2, and the denominator gets −(e_x + e_r)/(2·s_x·s_r).
 * @returns multipliers of the logits, `[classes]`.
 */
export function softmaxMultipliers({ x, r, upstream }: SoftmaxPair): Float64 {
  const classes = x.length;
  const centredX = centre(x);
  const centredR = centre(r);
  const expX = centredX.map(Math.exp);
  const expR = centredR.map(Math.exp);
  const sumX = expX.reduce((total, value) => total + value, 0);
  const sumR = expR.reduce((total, value) => total + value, 0);

  let ofSum = 0;
  for (let c = 0; c < classes; c++) ofSum -= ((upstream[c] ?? 0) * ((expX[c] ?? 0) + (expR[c] ?? 0))) / (2 * sumX * sumR);
  const numerator = (1 / sumX + 1 / sumR) / 2;

  const multipliers = new Float64Array(classes);
  for (let c = 0; c < classes; c++) {
    const ofExp = (upstream[c] ?? 0) * numerator + ofSum;
    const centredDelta = (centredX[c] ?? 0) - (centredR[c] ?? 0);
    const slope = Math.abs(centredDelta) < 1e-6 ? (expX[c] ?? 0) : ((expX[c] ?? 0) - (expR[c] ?? 0)) / centredDelta;
    const delta = (x[c] ?? 0) - (r[c] ?? 0);
    const centring = Math.abs(delta) < 1e-6 ? 1 : centredDelta / delta;
    multipliers[c] = ofExp * slope * centring;
  }
  return multipliers;
}

function centre(logits: ArrayLike<number>): Float64 {
  const centred = Float64Array.from(logits);
  const largest = centred.reduce((a, b) => Math.max(a, b), -Infinity);
  return centred.map((value) => value - largest);
}
