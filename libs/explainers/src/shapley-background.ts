import { outputsOfClasses, outputsOfReference, type Tensor } from '@xaigrid/tensor';
import { meanOutputs } from './class-outputs.js';
import type { ExplainRequest, Explanation, PreparedExplainer, PrepareOptions } from './explainer.js';
import { assertFinite, constantMaps } from './map-checks.js';
import { requiredBackground } from './required-background.js';

/** What a method of Shapley values knows of the background and the samples. */
export interface AgainstBackground {
  /** `[m, ...inputShape]` */
  readonly references: Tensor;
  /** The outputs of the references, `[m, classes]`. */
  readonly ofReferences: Tensor;
  /** F of each sample. */
  readonly outputs: Float64Array<ArrayBuffer>;
  /** The mean of F over the references, for the classes of each sample. */
  readonly empty: Float64Array<ArrayBuffer>;
}

/** Prepares a method that compares samples with references: `draw` gives its maps. */
export async function againstBackground<Params>(
  method: string,
  options: PrepareOptions<Params>,
  draw: (known: AgainstBackground, request: ExplainRequest) => Promise<Tensor>,
): Promise<PreparedExplainer> {
  const { engine, background, signal } = options;
  const references = await requiredBackground(method, background).load(signal);
  signal?.throwIfAborted();
  const ofReferences = await engine.predict(references);
  const means = meanOutputs(ofReferences);
  return {
    explain: async (request): Promise<Explanation> => {
      const outputs = outputsOfClasses(await engine.predict(request.inputs), request.classes, request.contrasts);
      const maps = await draw({ references, ofReferences, outputs, empty: outputsOfReference(means, request) }, request);
      assertFinite(`${method} map`, maps, request);
      return { maps, degenerate: constantMaps(maps), diagnostics: {} };
    },
    close: () => Promise.resolve(),
  };
}
