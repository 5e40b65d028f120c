/**
 * The random streams of metrics, for `sampleRandom`. No metric shares one with another metric, but for `noise`, or with a method
 * (libs/explainers/src/random-streams.ts has the small numbers). A changed number changes scores.
 */
export const randomStreams = {
  /** The noise of metrics that draw maps of moved samples again: one, so that they share these maps. */
  noise: 0x3e75,
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
  comprehensiveness: 0xc013,
  road: 0x40ad,
  roadLeastFirst: 0x40ae,
  pic: 0x91c0,
} as const;
