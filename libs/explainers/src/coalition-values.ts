import type { Engine } from '@xaigrid/engine';
import type { Tensor } from '@xaigrid/tensor';
import type { ExplainRequest } from './explainer.js';
import { showFeatures, type Features } from './features.js';
import type { HiddenValues } from './hidden-values.js';
import { maskedOutputs } from './masked-outputs.js';

/** Coalitions of the features of one sample. */
export interface CoalitionsOfSample {
  /** Its place in the request. */
  readonly row: number;
  readonly features: Features;
  /** `members[j][i]` is 1 when feature i is in coalition j. */
  readonly members: readonly Uint8Array[];
}

/** What takes the place of the features outside a coalition: references `[m, ...inputShape]`, or one value for each. */
export type Replacing = { readonly references: Tensor } | { readonly values: HiddenValues };

/**
 * The value of each coalition: F with the coalition's features from the sample and the others replaced; the mean over references.
 */
export async function coalitionValues(
  { engine, replacing }: { readonly engine: Engine; readonly replacing: Replacing },
  request: ExplainRequest,
  { row, features, members }: CoalitionsOfSample,
): Promise<Float64Array<ArrayBuffer>> {
  const count = 'values' in replacing ? 1 : (replacing.references.shape[0] ?? 0);
  const outputs = await maskedOutputs({
    ...{ engine, inputs: request.inputs, explained: request, signal: request.signal },
    rows: members.length * count,
    sampleOf: () => row,
    maskOf: (at) => Math.floor(at / count),
    fill: (mask, coalition) => {
      showFeatures(mask, features, members[coalition] ?? []);
    },
    baseline: 'values' in replacing ? replacing.values : { references: replacing.references, referenceOf: (at) => at % count },
  });
  return Float64Array.from(members, (_, j) => {
    let sum = 0;
    for (let r = 0; r < count; r++) sum += outputs[j * count + r] ?? NaN;
    return sum / count;
  });
}
