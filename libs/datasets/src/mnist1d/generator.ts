import { createNumpyRandom, momentsOf, populationVariance, type NumpyRandom, type Tensor } from '@xaigrid/tensor';
import type { Mnist1dParameters } from './parameters.js';
import { createFilter, createResampler, gaussianWeights, linspace, type Resampler } from './signal.js';
import { normalisedTemplates, TEMPLATE_LENGTH, TEMPLATES } from './templates.js';

/** Added to a template, so that its own zeros differ from the padding. */
const TEMPLATE_OFFSET = 1e-8;
/** Standard deviation, in points, of the filter that correlates the noise. */
const NOISE_SIGMA = 2;

/** Generated samples of MNIST-1D. */
export interface Mnist1dSamples {
  /** `[10·samplesPerClass, length]`, shuffled, with mean 0 and standard deviation 1 over all values. */
  readonly inputs: Tensor<Float64Array<ArrayBuffer>>;
  /** The digits, 0 … 9. */
  readonly labels: Int32Array<ArrayBuffer>;
}

/**
 * Generates MNIST-1D (Greydanus 2020, "Scaling down deep learning"), train and test samples together. With the default parameters
 * it is the published data set: random numbers come from the same generator in the same order.
 */
export function generateMnist1d(parameters: Omit<Mnist1dParameters, 'split' | 'trainFraction'>): Mnist1dSamples {
  const { samplesPerClass, length } = parameters;
  const samples = samplesPerClass * TEMPLATES;
  const random = createNumpyRandom(parameters.seed);
  const distort = createDistortion(parameters, random);
  const drawn = new Float64Array(samples * length);
  for (const [digit, template] of normalisedTemplates().entries()) {
    const padded = template.map((value) => value + TEMPLATE_OFFSET);
    for (let i = 0; i < samplesPerClass; i++) {
      const sample = digit * samplesPerClass + i;
      distort(padded, drawn.subarray(sample * length, (sample + 1) * length));
    }
  }

  const order = random.permutation(samples);
  const data = new Float64Array(samples * length);
  for (const [i, from] of order.entries()) data.set(drawn.subarray(from * length, (from + 1) * length), i * length);
  const moments = momentsOf(data);
  const deviation = Math.sqrt(populationVariance(moments));
  for (let i = 0; i < data.length; i++) data[i] = ((data[i] ?? 0) - moments.mean) / deviation;
  return { inputs: { shape: [samples, length], data }, labels: order.map((from) => Math.floor(from / samplesPerClass)) };
}

/**
 * Makes one sample from a template. The order of the random draws is that of the published generator, and determines every value.
 */
function createDistortion(
  parameters: Omit<Mnist1dParameters, 'split' | 'trainFraction'>,
  random: NumpyRandom,
): (template: Float64Array, target: Float64Array) => void {
  const [leastPadding, mostPadding] = parameters.padding;
  const dilatedLength = TEMPLATE_LENGTH + mostPadding;
  const dilators = new Map<number, Resampler>();
  const subsample = createResampler(dilatedLength, parameters.length);
  const slope = linspace(-0.5, 0.5, dilatedLength);
  const smooth = createFilter(dilatedLength, gaussianWeights(NOISE_SIGMA));
  const dilated = new Float64Array(dilatedLength);
  const rotated = new Float64Array(dilatedLength);
  const noise = new Float64Array(dilatedLength);
  const smoothed = new Float64Array(dilatedLength);

  return (template, target) => {
    const paddedLength = TEMPLATE_LENGTH + leastPadding + Math.floor(random.rand() * (mostPadding - leastPadding + 1));
    const padded = new Float64Array(paddedLength);
    padded.set(template);
    dilatorFrom(paddedLength)(padded, dilated);

    const scale = 1 + parameters.scale * (random.rand() - 0.5);
    const shift = random.choice(parameters.maxTranslation);
    for (let i = 0; i < dilatedLength; i++) rotated[(i + shift) % dilatedLength] = (dilated[i] ?? 0) * scale;

    for (let i = 0; i < dilatedLength; i++) noise[i] = parameters.correlatedNoise * random.randn();
    smooth(noise, smoothed);
    for (let i = 0; i < dilatedLength; i++) if (rotated[i] === 0) rotated[i] = smoothed[i] ?? 0;
    for (let i = 0; i < dilatedLength; i++) rotated[i] = (rotated[i] ?? 0) + parameters.whiteNoise * random.randn();

    const shear = parameters.shear * (random.rand() - 0.5);
    for (let i = 0; i < dilatedLength; i++) rotated[i] = (rotated[i] ?? 0) - shear * (slope[i] ?? 0);
    subsample(rotated, target);
  };

  function dilatorFrom(paddedLength: number): Resampler {
    let dilator = dilators.get(paddedLength);
    if (dilator === undefined) {
      dilator = createResampler(paddedLength, dilatedLength);
      dilators.set(paddedLength, dilator);
    }
    return dilator;
  }
}
