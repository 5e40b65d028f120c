type Float64 = Float64Array<ArrayBuffer>;

/** A sample, a reference, and the multipliers to propagate through the softmax. */
export interface SoftmaxPair {
  /** Logits of the sample, `[classes]`. */
  readonly x: ArrayLike<number>;
  /** Logits of the reference, `[classes]`. */
  readonly r: ArrayLike<number>;
  /** Multipliers of the outputs, `[classes]`. */
  readonly upstream: ArrayLike<number>;
}

/**
 * DeepLIFT multipliers of softmax, taken as e^y with y = log-softmax. It is the formula of the gradient, g·p − p·Σ g·p, with
 * logarithmic means of both sides in place of p. Float64, because float32 is too inexact here.
 * @returns multipliers of the logits, `[classes]`.
 */
export function softmaxMultipliers({ x, r, upstream }: SoftmaxPair): Float64 {
  const [ofX, ofR] = [logarithms(x), logarithms(r)];
  const ofLogarithms = ofX.p.map(
    (p, c) => (upstream[c] ?? 0) * logarithmicMean(p, ofR.p[c] ?? 0, (ofX.y[c] ?? 0) - (ofR.y[c] ?? 0)),
  );
  return logSoftmaxMultipliers({ x, r, upstream: ofLogarithms });
}

/**
 * DeepLIFT multipliers of log-softmax: g − p·Σ g, with logarithmic means of both sides in place of p. Float64.
 * @returns multipliers of the logits, `[classes]`.
 */
export function logSoftmaxMultipliers({ x, r, upstream }: SoftmaxPair): Float64 {
  const [ofX, ofR] = [logarithms(x), logarithms(r)];
  const deltaTotal = ofX.total - ofR.total;
  // e^z divided by the larger sum of both sides.
  const [sumX, sumR] = [Math.exp(Math.min(0, deltaTotal)), Math.exp(Math.min(0, -deltaTotal))];
  const ofSum = logarithmicMean(sumX, sumR, deltaTotal);
  const given = Float64Array.from(upstream);
  const total = given.reduce((sum, value) => sum + value, 0);
  return given.map((value, c) => {
    const each = logarithmicMean((ofX.p[c] ?? 0) * sumX, (ofR.p[c] ?? 0) * sumR, (x[c] ?? 0) - (r[c] ?? 0));
    return value - (each / ofSum) * total;
  });
}

/** log Σ e^z, y = z − log Σ e^z and p = e^y. */
function logarithms(logits: ArrayLike<number>): { readonly total: number; readonly y: Float64; readonly p: Float64 } {
  const z = Float64Array.from(logits);
  const largest = z.reduce((a, b) => Math.max(a, b), -Infinity);
  const total = largest + Math.log(z.reduce((sum, value) => sum + Math.exp(value - largest), 0));
  const y = z.map((value) => value - total);
  return { total, y, p: y.map(Math.exp) };
}

/** (a − b)/(log a − log b), without the loss of digits in a − b. */
function logarithmicMean(a: number, b: number, deltaLog: number): number {
  const mean = (a + b) / 2;
  return deltaLog === 0 ? mean : (mean * Math.tanh(deltaLog / 2)) / (deltaLog / 2);
}

/**
 * DeepLIFT multipliers of softmax, split as in shap (`deep_tf.py`, `softmax`) into centring, exp, sum and division. Float64,
 * because float32 is too inexact here.
 *
 * The two-input Shapley rule of the division needs no quotient of differences. It is linear in the numerator, which gets (1/s_x +
 * 1/s_r)/2; the denominator gets −(e_x + e_r)/(2·s_x·s_r).
 * @returns multipliers of the logits, `[classes]`.
 */
export function softmaxMultipliersAsShap({ x, r, upstream }: SoftmaxPair): Float64 {
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
