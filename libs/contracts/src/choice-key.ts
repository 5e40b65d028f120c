import { sha256, type Sha256 } from './hash.js';

/** The hash of a choice's samples: runs that choose the same share it. */
export function choiceKey(sampleIndices: Int32Array | readonly number[]): Sha256 {
  return sha256(sampleIndices.join(','));
}
