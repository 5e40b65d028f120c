import { channelsOfShape } from '@xaigrid/tensor';

type Float64 = Float64Array<ArrayBuffer>;

/** A sample of which a mask shows more or less at each position. */
export interface PerturbedSample {
  /** Writes the sample under a mask. @param visible one value from 0 to 1 per position */
  write(point: Float32Array, visible: Float64): void;
  /** ∂F/∂visible, one value per position. @param gradient ∂F/∂point */
  gradient(visible: Float64, gradient: Float32Array): Float64;
}

/**
 * A sample between levels of perturbation, from the strongest to none: a mask of 0 gives the first level, of 1 the last one, and in
 * between the two nearest levels are mixed linearly (`Perturbation` of torchray 1.0.0.2). At 1, where no level follows, the gradient
 * is 0.
 * @param levels two or more of the size of the sample
 */
export function perturbedSample(levels: readonly Float64[], inputShape: readonly number[]): PerturbedSample {
  const last = levels.length - 1;
  const channels = channelsOfShape(inputShape);
  /** The level below, the level above, and the share of the level above. */
  const between = (visible: number) => {
    const place = visible * last;
    const below = Math.min(last, Math.floor(place));
    return { below: levels[below], above: levels[Math.min(last, below + 1)], share: place - below };
  };
  return {
    write(point, visible) {
      for (const [position, value] of visible.entries()) {
        const { below, above, share } = between(value);
        for (let channel = 0, at = position * channels; channel < channels; channel++, at++)
          point[at] = (1 - share) * (below?.[at] ?? NaN) + share * (above?.[at] ?? NaN);
      }
    },
    gradient(visible, gradient) {
      return visible.map((value, position) => {
        const { below, above } = between(value);
        let sum = 0;
        for (let channel = 0, at = position * channels; channel < channels; channel++, at++)
          sum += (gradient[at] ?? NaN) * ((above?.[at] ?? NaN) - (below?.[at] ?? NaN));
        return last * sum;
      });
    },
  };
}
