/**
 * The random stream of each metric, for `sampleRandom`. No metric shares a stream with another metric or with a method
 * (libs/explainers/src/random-streams.ts has the small numbers). A changed number changes scores.
 */
export const randomStreams = {
  maxSensitivity: 0x3e75,
  deletionInsertion: 0x1d31,
  dropIncrease: 0x1d32,
  effectiveComplexity: 0xec01,
  pixelFlipping: 0x91f1,
  regionPerturbation: 0x4e91,
  selectivity: 0x5e1e,
  monotonicity: 0x3070,
  irof: 0x140f,
  faithfulnessCorrelation: 0xfc01,
  faithfulnessEstimate: 0xfe01,
  monotonicityCorrelation: 0x3c01,
  sensitivityN: 0x5e01,
  infidelity: 0x1f01,
  muFidelity: 0x3f01,
  smoothMprt: 0x53a9,
  randomLogit: 0x7a91,
  nonSensitivity: 0x4e5e,
  averageSensitivity: 0x3e76,
  localLipschitzEstimate: 0x3e77,
  relativeInputStability: 0x3e78,
  relativeOutputStability: 0x3e79,
  relativeRepresentationStability: 0x3e7a,
  comprehensiveness: 0xc013,
  road: 0x40ad,
  roadLeastFirst: 0x40ae,
  pic: 0x91c0,
} as const;
