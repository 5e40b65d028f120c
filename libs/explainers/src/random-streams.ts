/**
 * Which of a sample's random sequences each method takes from `sampleRandom`, so that no two share one. Changing a number
 * changes maps.
 */
export const randomStreams = {
  shapGradient: 1,
  random: 2,
  shapKernel: 3,
  noisyCopies: 4,
  pathStarts: 21,
  rise: 41,
  hiddenNoise: 42,
  lime: 43,
  shapleyValueSampling: 44,
  featurePermutation: 45,
  sobol: 46,
  hsic: 47,
  permutationShap: 48,
  ssCam: 0x55ca,
} as const;
