/**
 * Which of a sample's random sequences each metric takes from `sampleRandom`, so that none shares one with another or with a method
 * (libs/explainers/src/random-streams.ts has the small numbers). Changing a number changes scores.
 */
export const randomStreams = { maxSensitivity: 0x3e75 } as const;
