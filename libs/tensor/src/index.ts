export { argmaxRows } from './argmax.js';
export { channelsFirst, channelsFirstShape, channelsLast, channelsLastShape } from './channels-last.js';
export { descendingThresholds, keepRank, type DescendingThresholds } from './descending-thresholds.js';
export type { Dtype } from './numpy/dtype.js';
export { extremesOf, type Extremes } from './extremes.js';
export { firstNotFinite } from './first-not-finite.js';
export { minMaxScale } from './min-max-scale.js';
export {
  explainedOfRows,
  outputOfClass,
  outputsOfClasses,
  outputsOfReference,
  type ExplainedOutputs,
} from './explained-outputs.js';
export { openNpyRows, type NpyRows } from './numpy/npy-rows.js';
export { parseNpy, readNpy } from './numpy/npy-read.js';
export { isTextArray, readNpyValues, type TextArray } from './numpy/text-array.js';
export { fileFormat, whatItIs, type FileFormat } from './what-it-is.js';
export { encodeNpy, npyHeader, writeNpy } from './numpy/npy-write.js';
export { parseNpz, readNpz, type Npz } from './numpy/npz.js';
export { encodeNpz } from './numpy/npz-write.js';
export { float32Of, float64Of, int32Of, isNumpyArray, type NumpyArray } from './numpy/numpy-array.js';
export { createNumpyRandom, type NumpyRandom } from './random/numpy-random.js';
export { levelsOf, otsuThreshold } from './otsu.js';
export { DEFAULT_MAX_BYTES, type ReadOptions } from './numpy/reading.js';
export { felzenszwalb, type FelzenszwalbOptions } from './segments/felzenszwalb.js';
export { mostQuickshiftSegments, quickshift, type QuickshiftOptions } from './segments/quickshift.js';
export { sampleSegments, segmentCount } from './segments/sample-segments.js';
export { mostSegments, slic, type SlicOptions } from './segments/slic.js';
export type { Segments } from './segments/connected-segments.js';
export { parseSafetensors, readSafetensors, type Safetensors } from './safetensors.js';
export type { StoredPredictions } from './stored-predictions.js';
export { resizeAlignments, resizeLinear, type ResizeAlignment } from './resize-linear.js';
export { resizeCubic } from './resize-cubic.js';
export { addNormalNoise } from './random/normal-noise.js';
export { redrawn } from './random/redrawn.js';
export { shuffled } from './random/shuffle.js';
export { sampleRandom, uniformTensor, type SampleRandom } from './random/sample-random.js';
export {
  createRunningMoments,
  momentsOf,
  populationVariance,
  sampleVariance,
  sumOf,
  type Moments,
  type RunningMoments,
} from './running-moments.js';
export { boxBlurred } from './box-blur.js';
export { channelMeans, noiseWithin, sampleMinima } from './sample-fills.js';
export { rowsOf, sizeOf, takeRows, tensorOf, type Tensor, type TypedArray } from './tensor.js';
export { channelsOfShape, isTable, positionsOfBatch, positionsOfShape } from './positions.js';
export { sobelMagnitude } from './sobel.js';
export { asymptoticSequence } from './statistics/asymptotic-sequence.js';
export { bettingSequence } from './statistics/betting-sequence.js';
export {
  COLUMNS_TOGETHER,
  bootstrapPValue,
  createResamples,
  percentileInterval,
  resampledSums,
  type Resamples,
} from './statistics/bootstrap.js';
export { holmAdjusted } from './statistics/holm.js';
export { kendallTau } from './statistics/kendall.js';
export { bothSay, type MeanSequence } from './statistics/mean-sequence.js';
export { pearson } from './statistics/pearson.js';
export { quantile } from './statistics/quantile.js';
export { rankCorrelation, ranksOf } from './statistics/rank-correlation.js';
export { signedRankPValue, type SignedRanks } from './statistics/signed-rank.js';
export { welchPValue, type MomentsOfGroup } from './statistics/welch.js';
export { parsePickle, readPickle } from './pickle/pickle.js';
export { isPickleDict, type PickleKey, type PickleValue } from './pickle/values.js';
export { unzip, type UnzipOptions } from './unzip.js';
