export { argmaxRows } from './argmax.js';
export { descendingThresholds, keepRank, type DescendingThresholds } from './descending-thresholds.js';
export type { Dtype } from './dtype.js';
export { extremesOf, type Extremes } from './extremes.js';
export { minMaxScale } from './min-max-scale.js';
export { openNpyRows, type NpyRows } from './npy-rows.js';
export { parseNpy, readNpy } from './npy-read.js';
export { encodeNpy, npyHeader, writeNpy } from './npy-write.js';
export { parseNpz, readNpz, type Npz } from './npz.js';
export { float32Of, float64Of, int32Of, type NumpyArray } from './numpy-array.js';
export { createNumpyRandom, type NumpyRandom } from './numpy-random.js';
export { levelsOf, otsuThreshold } from './otsu.js';
export { DEFAULT_MAX_BYTES, type ReadOptions } from './reading.js';
export { resizeBilinear } from './resize-bilinear.js';
export { sampleRandom, type SampleRandom } from './sample-random.js';
export {
  createRunningMoments,
  momentsOf,
  populationVariance,
  sampleVariance,
  sumOf,
  type Moments,
  type RunningMoments,
} from './running-moments.js';
export { rowsOf, sizeOf, tensorOf, type Tensor, type TypedArray } from './tensor.js';
