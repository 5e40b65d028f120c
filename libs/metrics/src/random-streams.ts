/**
 * Which of a sample's random sequences each metric takes from `sampleRandom`, so that none shares one with another or with a method
 * (libs/explainers/src/random-streams.ts has the small numbers). Changing a number changes scores.
 */
export const randomStreams = {
  maxSensitivity: 0x3e75,
  deletionInsertion: 0x1d31,
  dropIncrease: 0x1d32,
  effectiveComplexity: 0xec01,
} as const;
