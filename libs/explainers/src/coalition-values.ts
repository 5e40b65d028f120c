import type { Engine } from '@xaigrid/engine';
import type { Tensor } from '@xaigrid/tensor';
import type { ExplainRequest } from './explainer.js';
import { showFeatures, type Features } from './features.js';
import { maskedOutputs } from './masked-outputs.js';

/** Coalitions of the features of one sample. */
export interface CoalitionsOfSample {
  /** Its place in the request. */
  readonly row: number;
  readonly features: Features;
  /** `members[j][i]` is 1 when feature i is in coalition j. */
  readonly members: readonly Uint8Array[];
}

/**
 * The value of each coalition: the mean of F over references, with the coalition's features from the sample and the others from the
 * reference.
 * @param references `[m, ...inputShape]`
 */
export async function coalitionValues(
  { engine, references }: { readonly engine: Engine; readonly references: Tensor },
  request: ExplainRequest,
  { row, features, members }: CoalitionsOfSample,
): Promise<Float64Array<ArrayBuffer>> {
  const count = references.shape[0] ?? 0;
  const outputs = await maskedOutputs({
    ...{ engine, inputs: request.inputs, explained: request, signal: request.signal },
    rows: members.length * count,
    sampleOf: () => row,
    maskOf: (at) => Math.floor(at / count),
    fill: (mask, coalition) => {
      showFeatures(mask, features, members[coalition] ?? []);
    },
    baseline: { references, referenceOf: (at) => at % count },
  });
  return Float64Array.from(members, (_, j) => {
    let sum = 0;
    for (let r = 0; r < count; r++) sum += outputs[j * count + r] ?? NaN;
    return sum / count;
  });
}
