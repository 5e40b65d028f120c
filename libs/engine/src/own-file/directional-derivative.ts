import { sampleRandom, sizeOf, type Tensor } from '@xaigrid/tensor';
import type { Engine } from '../engine.js';

/** The derivative of a class's probability along one direction of the input, computed in two ways. */
export interface DirectionalDerivative {
  readonly class: number;
  /** The scalar product of the gradient and the direction. */
  readonly byGradient: number;
  /** (p(x + h·d) − p(x − h·d)) / 2h */
  readonly byDifferences: number;
  readonly step: number;
  /** The possible error of `byDifferences`: its change from the previous step size, plus float32 rounding. */
  readonly uncertainty: number;
}

/** From steps that are too large for a derivative to steps in which rounding dominates. */
const STEPS = Float64Array.from({ length: 13 }, (_, index) => 10 ** (-index / 3));
/** The relative rounding error of a probability after the many sums of a network. */
const ROUNDING = 2e-7;

/**
 * Compares an engine's gradient with central differences of its predictions. It takes the sample and class with the longest
 * gradient. The direction has length 1; half of it is that of the gradient, and half is random. Among several step sizes, the one
 * counts at which the differences change least: larger steps include curvature, smaller ones rounding.
 * @param samples `[n, ...inputShape]`
 * @returns undefined if every gradient is zero: no output depends on the input there
 * @throws OPERATION_UNSUPPORTED, and other errors of the engine
 */
export async function directionalDerivative(engine: Engine, samples: Tensor): Promise<DirectionalDerivative | undefined> {
  const { inputShape, classes } = engine.model;
  const size = sizeOf(inputShape);
  const steepest = await steepestOf(engine, samples);
  if (steepest === undefined) return undefined;
  const { sample, gradient, length } = steepest;
  const random = sampleRandom(0, 0, 1);
  const signs = Float64Array.from({ length: size }, () => (random.uniform() < 0.5 ? -1 : 1));
  const direction = signs.map((sign, at) => sign / Math.sqrt(size) + (gradient[at] ?? 0) / length);
  const scale = lengthOf(direction);
  const unit = direction.map((value) => value / scale);
  const x = samples.data.subarray(sample * size, (sample + 1) * size);
  const moved = new Float32Array(2 * STEPS.length * size);
  STEPS.forEach((step, at) => {
    for (let i = 0; i < size; i++) {
      moved[2 * at * size + i] = (x[i] ?? 0) + step * (unit[i] ?? 0);
      moved[(2 * at + 1) * size + i] = (x[i] ?? 0) - step * (unit[i] ?? 0);
    }
  });
  const { data } = await engine.predict({ shape: [2 * STEPS.length, ...inputShape], data: moved });
  const probability = (row: number): number => data[row * classes + steepest.class] ?? NaN;
  const tries = Array.from(STEPS, (step, at) => {
    const [up, down] = [probability(2 * at), probability(2 * at + 1)];
    return { step, slope: (up - down) / (2 * step), rounding: (ROUNDING * Math.max(up, down)) / step };
  });
  const best = tries
    .slice(1)
    .map((next, at) => ({ ...next, change: Math.abs(next.slope - (tries[at]?.slope ?? NaN)) + next.rounding }))
    .reduce((least, next) => (next.change < least.change ? next : least));
  return {
    class: steepest.class,
    byGradient: gradient.reduce((sum, value, at) => sum + value * (unit[at] ?? 0), 0),
    ...{ byDifferences: best.slope, step: best.step, uncertainty: best.change },
  };
}

interface Steepest {
  readonly sample: number;
  readonly class: number;
  readonly gradient: Float64Array;
  readonly length: number;
}

/** The longest gradient among those of the two likeliest classes of each sample. */
async function steepestOf(engine: Engine, samples: Tensor): Promise<Steepest | undefined> {
  const { inputShape, classes } = engine.model;
  const [count, size] = [samples.shape[0] ?? 0, sizeOf(inputShape)];
  const { data: outputs } = await engine.predict(samples);
  const likeliest = Array.from({ length: count }, (_, sample) => {
    const row = outputs.subarray(sample * classes, (sample + 1) * classes);
    return Array.from(row.keys()).sort((a, b) => (row[b] ?? 0) - (row[a] ?? 0));
  });
  let found: Steepest | undefined;
  for (const rank of [0, 1]) {
    const chosen = Int32Array.from(likeliest, (order) => order[rank] ?? 0);
    const [{ gradient } = { gradient: undefined }] = await engine.gradient({ inputs: samples, classes: chosen, wrt: 'input' });
    for (let sample = 0; sample < count; sample++) {
      const own = Float64Array.from(gradient?.data.subarray(sample * size, (sample + 1) * size) ?? []);
      const length = lengthOf(own);
      if (length > (found?.length ?? 0)) found = { sample, class: chosen[sample] ?? 0, gradient: own, length };
    }
  }
  return found;
}

function lengthOf(vector: Float64Array): number {
  return Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
}
