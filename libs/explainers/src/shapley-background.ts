import { outputsOfClasses, outputsOfReference, type Tensor } from '@xaigrid/tensor';
import { meanOutputs } from './class-outputs.js';
import { coalitionValues } from './coalition-values.js';
import type { ExplainRequest, Explanation, PreparedExplainer, PrepareOptions } from './explainer.js';
import { featuresOf, mapsOfFeatures, type Features, type Grouping } from './features.js';
import { assertFinite, constantMaps } from './map-checks.js';
import { positionsOf } from './model-layers.js';
import { requiredBackground } from './required-background.js';

/** What a method that replaces features by those of references knows of the background and the samples. */
export interface AgainstBackground {
  /** `[m, ...inputShape]` */
  readonly references: Tensor;
  /** The outputs of the references, `[m, classes]`. */
  readonly ofReferences: Tensor;
  /** F of each sample. */
  readonly outputs: Float64Array<ArrayBuffer>;
  /** The mean of F over the references, for the classes of each sample. */
  readonly empty: Float64Array<ArrayBuffer>;
  /** The features of each sample. */
  readonly features: readonly Features[];
}

interface Method {
  readonly method: string;
  readonly grouping: Grouping;
}

/** Prepares a method that compares samples with references. @param values gives the numbers of the features of each sample */
export async function againstBackground<Params>(
  { method, grouping }: Method,
  { engine, background, signal }: PrepareOptions<Params>,
  values: (known: AgainstBackground, request: ExplainRequest) => Promise<readonly ArrayLike<number>[]>,
): Promise<PreparedExplainer> {
  const references = await requiredBackground(method, background).load(signal);
  signal?.throwIfAborted();
  const ofReferences = await engine.predict(references);
  const means = meanOutputs(ofReferences);
  return {
    explain: async (request): Promise<Explanation> => {
      const features = featuresOf(grouping, request.inputs);
      const outputs = outputsOfClasses(await engine.predict(request.inputs), request.classes, request.contrasts);
      const known = { references, ofReferences, outputs, empty: outputsOfReference(means, request), features };
      const maps = mapsOfFeatures(await values(known, request), features, positionsOf(engine.model));
      assertFinite(`${method} map`, maps, request);
      return { maps, degenerate: constantMaps(maps), diagnostics: {} };
    },
    close: () => Promise.resolve(),
  };
}

/** One sample, whose coalitions of features can be tried. */
interface Coalitions {
  /** The number of its features. */
  readonly count: number;
  readonly sampleIndex: number;
  /** v of no features, the mean of F over the references, and of all, F of the sample. */
  readonly ends: { readonly empty: number; readonly full: number };
  /** v of each coalition: see `coalitionValues`. */
  readonly valuesOf: (members: readonly Uint8Array[]) => Promise<Float64Array<ArrayBuffer>>;
}

/** Prepares a method that tries coalitions of features, sample by sample. @param ofSample gives the numbers of its features */
export function byCoalitions<Params>(
  own: Method,
  options: PrepareOptions<Params>,
  ofSample: (sample: Coalitions) => Promise<Float64Array>,
): Promise<PreparedExplainer> {
  const { engine } = options;
  return againstBackground(own, options, async ({ references, outputs, empty, features }, request) => {
    const values: Float64Array[] = [];
    for (const [row, ofRow] of features.entries()) {
      values.push(
        await ofSample({
          count: ofRow.count,
          sampleIndex: request.sampleIndices[row] ?? 0,
          ends: { empty: empty[row] ?? NaN, full: outputs[row] ?? NaN },
          valuesOf: (members) =>
            coalitionValues({ engine, replacing: { references } }, request, { row, features: ofRow, members }),
        }),
      );
    }
    return values;
  });
}
