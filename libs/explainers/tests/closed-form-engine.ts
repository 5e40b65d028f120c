import { XaigridError } from '@xaigrid/contracts';
import type { Engine, ModelDescription } from '@xaigrid/engine';
import { channelsOfShape, positionsOfShape, resizeLinear, rowsOf, sizeOf, takeRows, type Tensor } from '@xaigrid/tensor';

/**
 * A model small enough to differentiate by hand. Its one feature layer `features` is pointwise: A[t, k] = Σ_i x[t, i]·mix[i][k].
 * The head is z_c = Σ_{t,k} A[t, k]·head[t][k][c], and the output is softmax(z), or z itself (`linear`).
 * Layer `half`, for two-layer methods, is A averaged over pairs of neighbouring positions (of the last positional axis).
 */
export interface ClosedFormModel {
  /** `[...positions, channels]` */
  readonly inputShape: readonly number[];
  /** `[channels][features]` */
  readonly mix: readonly (readonly number[])[];
  /** `[positions][features][classes]` */
  readonly head: readonly (readonly (readonly number[])[])[];
  readonly output: 'softmax' | 'linear';
}

const BATCH = 4;

export function closedFormEngine(model: ClosedFormModel): Engine {
  const { inputShape, mix, head } = model;
  const positions = inputShape.slice(0, -1);
  const places = sizeOf(positions);
  const channels = inputShape.at(-1) ?? 1;
  const features = mix[0]?.length ?? 0;
  const classes = head[0]?.[0]?.length ?? 0;
  const halfPositions = [...positions.slice(0, -1), (positions.at(-1) ?? 0) / 2];

  const at = (values: ArrayLike<number>, i: number): number => values[i] ?? NaN;
  const weight = (t: number, k: number, c: number): number => head[t]?.[k]?.[c] ?? NaN;

  function featuresOf(x: ArrayLike<number>): number[] {
    return Array.from({ length: places * features }, (_, tk) => {
      const [t, k] = [Math.floor(tk / features), tk % features];
      return sum(channels, (i) => at(x, t * channels + i) * (mix[i]?.[k] ?? NaN));
    });
  }
  /** @param hidden a feature that is 0 */
  function outputsOf(x: ArrayLike<number>, hidden?: number): number[] {
    const a = featuresOf(x).map((value, tk) => (tk % features === hidden ? 0 : value));
    const z = Array.from({ length: classes }, (_, c) =>
      sum(places * features, (tk) => at(a, tk) * weight(Math.floor(tk / features), tk % features, c)),
    );
    return model.output === 'linear' ? z : softmax(z);
  }
  /** ∂p_c/∂A */
  function featureGradient(x: ArrayLike<number>, c: number): number[] {
    const p = outputsOf(x);
    return Array.from({ length: places * features }, (_, tk) => {
      const [t, k] = [Math.floor(tk / features), tk % features];
      if (model.output === 'linear') return weight(t, k, c);
      return at(p, c) * (weight(t, k, c) - sum(classes, (j) => at(p, j) * weight(t, k, j)));
    });
  }
  /** ∂p_c/∂x */
  function inputGradient(x: ArrayLike<number>, c: number): number[] {
    const g = featureGradient(x, c);
    return Array.from({ length: places * channels }, (_, ti) =>
      sum(features, (k) => at(g, Math.floor(ti / channels) * features + k) * (mix[ti % channels]?.[k] ?? NaN)),
    );
  }
  /** Pairs of neighbours averaged (activations) or added up (their gradient, had the head read the pairs' average). */
  function pairs(values: readonly number[], scale: number): number[] {
    return Array.from({ length: values.length / 2 }, (_, i) => {
      const [pair, k] = [Math.floor(i / features), i % features];
      return scale * (at(values, 2 * pair * features + k) + at(values, (2 * pair + 1) * features + k));
    });
  }

  const perSample = (
    inputs: Tensor,
    shape: readonly number[],
    compute: (x: Float32Array, sample: number) => readonly number[],
  ): Tensor => {
    const samples = inputs.shape[0] ?? 0;
    const data = new Float32Array(samples * sizeOf(shape));
    for (let n = 0; n < samples; n++) data.set(compute(rowsOf(inputs, n, n + 1).data, n), n * sizeOf(shape));
    return { shape: [samples, ...shape], data };
  };
  const description: ModelDescription = {
    inputShape,
    classes,
    layers: [
      { name: 'features', kind: 'Conv1D', shape: [...positions, features], parameters: channels * features },
      { name: 'half', kind: 'AveragePooling1D', shape: [...halfPositions, features], parameters: 0 },
      { name: 'head', kind: 'Dense', shape: [classes], parameters: places * features * classes },
    ],
    saliencyLayers: ['features'],
    weightSteps: [['features'], ['head']],
  };

  return {
    name: 'onnxruntime',
    version: 'closed form',
    backend: 'cpu',
    device: 'cpu',
    model: description,
    batchSize: BATCH,
    predict: (inputs) => Promise.resolve(perSample(inputs, [classes], (x) => outputsOf(x))),
    activations: (inputs, layers) => Promise.resolve(layers.map(() => perSample(inputs, [...positions, features], featuresOf))),
    gradient: ({ inputs, classes: explained, wrt, reduce = 'none' }) => {
      const gradientAt = (x: Float32Array, n: number) => featureGradient(x, explained[n] ?? NaN);
      if (wrt === 'input') {
        const gradient = perSample(inputs, inputShape, (x, n) => inputGradient(x, explained[n] ?? NaN));
        return Promise.resolve([{ of: 'input', activations: inputs, gradient }]);
      }
      return Promise.resolve(
        wrt.map((of) => {
          const half = of === 'half';
          const shape = [...(half ? halfPositions : positions), features];
          const activations = perSample(inputs, shape, (x) => (half ? pairs(featuresOf(x), 0.5) : featuresOf(x)));
          const full = (x: Float32Array, n: number) => (half ? pairs(gradientAt(x, n), 1) : gradientAt(x, n));
          if (reduce === 'none') return { of, activations, gradient: perSample(inputs, shape, full) };
          const extent = sizeOf(shape) / features;
          const mean = (values: readonly number[]) =>
            Array.from({ length: features }, (_, k) => sum(extent, (t) => at(values, t * features + k)) / extent);
          return { of, activations, gradient: perSample(inputs, [features], (x, n) => mean(full(x, n))) };
        }),
      );
    },
    ablate: ({ inputs, sampleOf, channelOf }) =>
      Promise.resolve(perSample(takeRows(inputs, sampleOf), [classes], (x, row) => outputsOf(x, channelOf[row]))),
    // It has no biases.
    biasGradients: ({ inputs, classes: explained }) =>
      Promise.resolve({
        input: perSample(inputs, inputShape, (x, n) => inputGradient(x, explained[n] ?? NaN).map((g, i) => g * at(x, i))),
        biases: [],
      }),
    relevance: () => Promise.reject(new XaigridError('INTERNAL', 'The closed-form engine has no relevance.')),
    findNotFinite: () => Promise.resolve(undefined),
    scoreMasks: ({ inputs, sampleOf, masks, baseline, sums }) => {
      if ('above' in masks) return Promise.reject(new XaigridError('OPERATION_UNSUPPORTED', 'Explainers do not score.'));
      // Of a table each feature is a position.
      const shown = positionsOfShape(inputShape);
      const [maskPlaces, depthOfInput] = [sizeOf(shown), channelsOfShape(inputShape)];
      const resized = resizeLinear(masks.maps, shown);
      const depth = masks.maps.shape.at(-1) ?? 1;
      const summed = new Float32Array((inputs.shape[0] ?? 0) * maskPlaces);
      const outputs = Array.from(sampleOf, (n, row) => {
        const map = Array.from({ length: maskPlaces }, (_, t) =>
          at(resized.data, (at(masks.mapOf, row) * maskPlaces + t) * depth + at(masks.channelOf, row)),
        );
        const [min, max] = [Math.min(...map), Math.max(...map)];
        const mask = masks.scaled ? map.map((value) => (value - min) / (max - min + 1e-6)) : map;
        const hidden = (ti: number): number => {
          if (baseline === 'zero') return 0;
          if ('references' in baseline)
            return at(baseline.references.data, at(baseline.referenceOf, row) * sizeOf(inputShape) + ti);
          if ('blur' in baseline) return NaN;
          const ofSamples = baseline.data.length > sizeOf(inputShape);
          return at(baseline.data, (ofSamples ? n * sizeOf(inputShape) : 0) + ti);
        };
        const x = rowsOf(inputs, n, n + 1).data.map((value, ti) => {
          const share = at(mask, Math.floor(ti / depthOfInput));
          return value * share + hidden(ti) * (1 - share);
        });
        const found = outputsOf(x);
        const w = sums === undefined ? 0 : at(found, at(sums.classes, n));
        const total = sum(maskPlaces, (t) => at(mask, t)) + 1e-6;
        for (let t = 0; t < maskPlaces; t++)
          summed[n * maskPlaces + t] = at(summed, n * maskPlaces + t) + (w * at(mask, t)) / total;
        return found;
      });
      return Promise.resolve({
        outputs: { shape: [sampleOf.length, classes], data: Float32Array.from(outputs.flat()) },
        ...(sums === undefined ? {} : { sums: { shape: [inputs.shape[0] ?? 0, ...shown], data: summed } }),
      });
    },
    deepLift: (references) =>
      // The rescale rule of a linear model is its gradient; a softmax head would need the engine's own rules.
      Promise.resolve({
        attribute: ({ inputs, classes: explained }) => {
          const count = references.shape[0] ?? 0;
          const mean = (i: number) => sum(count, (r) => at(references.data, r * sizeOf(inputShape) + i)) / count;
          const samples = inputs.shape[0] ?? 0;
          const each = (compute: (n: number) => number) => Float64Array.from({ length: samples }, (_, n) => compute(n));
          return Promise.resolve({
            attributions: perSample(inputs, inputShape, (x, n) =>
              inputGradient(x, explained[n] ?? NaN).map((g, i) => g * (at(x, i) - mean(i))),
            ),
            outputs: each((n) => at(outputsOf(rowsOf(inputs, n, n + 1).data), explained[n] ?? NaN)),
            expected: each(
              (n) => sum(count, (r) => at(outputsOf(rowsOf(references, r, r + 1).data), explained[n] ?? NaN)) / count,
            ),
            bits: new Uint8Array(samples).fill(32),
          });
        },
        close: () => Promise.resolve(),
      }),
    expectedGradients: (references) =>
      Promise.resolve({
        attribute: ({ inputs, classes: explained, references: chosen, fractions, weights, draws }) => {
          const drawn = (x: Float32Array, n: number): number[][] =>
            Array.from({ length: draws }, (_, d) => {
              const r = rowsOf(references, at(chosen, n * draws + d), at(chosen, n * draws + d) + 1).data;
              const t = at(fractions, n * draws + d);
              const gradient = inputGradient(
                x.map((value, i) => t * value + (1 - t) * at(r, i)),
                explained[n] ?? NaN,
              );
              const w = weights === undefined ? 1 : at(weights, n * draws + d);
              return gradient.map((g, i) => w * g * (at(x, i) - at(r, i)));
            });
          const moment = (values: readonly number[][], i: number) => sum(draws, (d) => values[d]?.[i] ?? NaN) / draws;
          const standardError = (values: readonly number[][], i: number) => {
            const mean = moment(values, i);
            return Math.sqrt(sum(draws, (d) => ((values[d]?.[i] ?? NaN) - mean) ** 2) / (draws - 1) / draws);
          };
          const indices = Array.from({ length: sizeOf(inputShape) }, (_, i) => i);
          const summed = (of: typeof moment) => perSample(inputs, inputShape, (x, n) => indices.map((i) => of(drawn(x, n), i)));
          return Promise.resolve({ attributions: summed(moment), standardErrors: summed(standardError) });
        },
        close: () => Promise.resolve(),
      }),
    close: () => Promise.resolve(),
  };
}

function sum(count: number, term: (index: number) => number): number {
  let total = 0;
  for (let i = 0; i < count; i++) total += term(i);
  return total;
}

function softmax(z: readonly number[]): number[] {
  const exponentials = z.map(Math.exp);
  const total = exponentials.reduce((a, b) => a + b, 0);
  return exponentials.map((value) => value / total);
}
