import { sampleRandom, type SampleRandom } from '@xaigrid/tensor';
import type { TexturePatchesParameters } from './parameters.js';
import { textures, type Texture } from './textures.js';

const CLASSES = Object.values(textures);
const CHANNELS = 3;

/** The random stream of each split. Explainers do not use these streams. */
const STREAMS = { train: 1001, test: 1002 } as const;

/** The least and the most pixels of a texture's period. */
const PERIODS = [5, 9] as const;
/** The spread of an image's own grey in each channel: 0.5 ± this. */
const BASE_SPREAD = 0.1;
/** The bits of noise. Noise is uniform on 2¹⁰ levels, so one random word gives the three values of a pixel. */
const NOISE_BITS = 10;
const NOISE_LEVELS = 2 ** NOISE_BITS;
/** The range from the lowest level to the highest, in standard deviations. */
const NOISE_EXTENT = Math.sqrt(12);

/** Where to write one sample: parts of a batch. */
export interface SampleTarget {
  /** `[imageSize, imageSize, 3]`, each value in [0, 1]. */
  readonly values: Float32Array<ArrayBuffer>;
  /** `[imageSize, imageSize]`, initially 0; 1 where the patch is. */
  readonly region: Float32Array<ArrayBuffer>;
}

/** The class of a sample. Classes take turns, so every part of the data set is balanced. */
export function labelOf(sampleIndex: number): number {
  return sampleIndex % CLASSES.length;
}

/**
 * Draws one sample: a plain colour and noise everywhere; on one rectangle a texture is added, with random phase, period, contrast
 * and colour. Within the patch every texture has mean 0 and the same variance. So only its shape tells the class, and neither the
 * mean colour nor the contrast tells exactly where it is.
 */
export function drawSample(parameters: TexturePatchesParameters, sampleIndex: number, { values, region }: SampleTarget): void {
  const { seed, split, imageSize } = parameters;
  const random = sampleRandom(seed, sampleIndex, STREAMS[split]);
  const texture = CLASSES[labelOf(sampleIndex)];
  if (texture === undefined) throw new RangeError(`Sample ${sampleIndex} has no class.`);
  const base = Array.from({ length: CHANNELS }, () => 0.5 + BASE_SPREAD * (2 * random.uniform() - 1));
  const patch = drawPatch(parameters, texture, random);
  const step = (NOISE_EXTENT * parameters.noise) / NOISE_LEVELS;
  for (let y = 0, at = 0; y < imageSize; y++) {
    const inRows = y >= patch.top && y < patch.top + patch.height;
    for (let x = 0; x < imageSize; x++) {
      const inside = inRows && x >= patch.left && x < patch.left + patch.width;
      const pattern = inside ? (patch.pattern[(y - patch.top) * patch.width + x - patch.left] ?? 0) : 0;
      if (inside) region[y * imageSize + x] = 1;
      let levels = random.integer(NOISE_LEVELS ** 3);
      for (let channel = 0; channel < CHANNELS; channel++, at++) {
        const noise = step * ((levels & (NOISE_LEVELS - 1)) + 0.5 - NOISE_LEVELS / 2);
        levels >>>= NOISE_BITS;
        const value = (base[channel] ?? 0) + (patch.colour[channel] ?? 0) * pattern + noise;
        values[at] = Math.min(1, Math.max(0, value));
      }
    }
  }
}

interface Patch {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
  /** `[height, width]`, mean 0 and variance 1. */
  readonly pattern: Float64Array;
  /** The factor of the pattern in each channel. A negative factor swaps bright and dark. */
  readonly colour: readonly number[];
}

function drawPatch({ imageSize, patchSize, contrast }: TexturePatchesParameters, texture: Texture, random: SampleRandom): Patch {
  const side = () => patchSize[0] + random.integer(patchSize[1] - patchSize[0] + 1);
  const [height, width] = [side(), side()];
  const top = random.integer(imageSize - height + 1);
  const left = random.integer(imageSize - width + 1);
  const period = between(PERIODS, random);
  const [phaseX, phaseY] = [random.uniform() - 0.5, random.uniform() - 0.5];
  const pattern = new Float64Array(height * width);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at++) {
      pattern[at] = texture((x + 0.5 - width / 2) / period + phaseX, (y + 0.5 - height / 2) / period + phaseY);
    }
  }
  standardise(pattern);
  const strength = between(contrast, random);
  const weights = Array.from({ length: CHANNELS }, () => 2 * random.uniform() - 1);
  const strongest = Math.max(...weights.map(Math.abs));
  return { top, left, height, width, pattern, colour: weights.map((weight) => (strength * weight) / strongest) };
}

function between([least, most]: readonly [number, number], random: SampleRandom): number {
  return least + (most - least) * random.uniform();
}

function standardise(values: Float64Array): void {
  let sum = 0;
  for (const value of values) sum += value;
  const mean = sum / values.length;
  let squares = 0;
  for (const value of values) squares += (value - mean) * (value - mean);
  const deviation = Math.sqrt(squares / values.length);
  for (let i = 0; i < values.length; i++) values[i] = ((values[i] ?? 0) - mean) / deviation;
}
