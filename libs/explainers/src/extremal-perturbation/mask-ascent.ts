type Float64 = Float64Array<ArrayBuffer>;

export interface AscentOptions {
  readonly learningRate: number;
  readonly momentum: number;
}

/** Numbers from 0 to 1 that climb along gradients. */
export interface MaskAscent {
  readonly numbers: Float64;
  /** Goes one step. @param gradient ∂E/∂numbers of what is to become large */
  climb(gradient: Float64): void;
}

/**
 * Gradient ascent with momentum, from ones. A step is momentum · the step before + (1 − momentum) · the gradient, and the first one
 * the gradient itself: `torch.optim.SGD` with a dampening as large as its momentum. Then numbers are cut off at 0 and 1.
 */
export function maskAscent(size: number, { learningRate, momentum }: AscentOptions): MaskAscent {
  const numbers = new Float64Array(size).fill(1);
  let before: Float64 | undefined;
  return {
    numbers,
    climb(gradient) {
      const last = before;
      const step =
        last === undefined ? gradient : gradient.map((value, at) => momentum * (last[at] ?? NaN) + (1 - momentum) * value);
      for (const [at, change] of step.entries())
        numbers[at] = Math.min(1, Math.max(0, (numbers[at] ?? NaN) + learningRate * change));
      before = step;
    },
  };
}
