import { sha256, type Sha256 } from './hash.js';

/** The hash of the chosen samples: of their numbers joined by commas. Runs that choose the same samples share it. */
export function choiceKey(sampleIndices: Int32Array | readonly number[]): Sha256 {
  return sha256(sampleIndices.join(','));
}
