import { mapSetKey, type PlannedEvaluation } from '@xaigrid/contracts';
import { explainer, paramsOf, type ExplainRequest, type Explanation, type PreparedExplainer } from '@xaigrid/explainers';
import type { EngineLease } from '@xaigrid/service';
import { rowsOf } from '@xaigrid/tensor';
import { namingNotFinite } from './not-finite.js';
import { prepareExplainer, type ExplainerContext } from './prepare-explainer.js';

/** Maps of some of the samples that were asked for. */
export interface DrawnMaps extends Explanation {
  readonly sampleIndices: Int32Array<ArrayBuffer>;
}

/**
 * Draws maps with an evaluation's method, in the order of the samples. One call explains as many samples as the method makes best
 * use of. Randomness comes only from the indices of the samples and the evaluation's seed.
 */
export async function* drawMaps(
  { context, lease, plan }: { readonly context: ExplainerContext; readonly lease: EngineLease; readonly plan: PlannedEvaluation },
  { inputs, classes, sampleIndices, signal }: ExplainRequest,
): AsyncGenerator<DrawnMaps, void> {
  const prepared = await lease.prepared<PreparedExplainer>(mapSetKey(plan), (engine) => prepareExplainer(context, plan, engine));
  const method = explainer(plan.explainer.method);
  const step = Math.max(1, method.samplesPerCall(lease.engine, method.params.parse(paramsOf(method, plan.explainer))));
  for (let from = 0; from < sampleIndices.length; from += step) {
    signal?.throwIfAborted();
    const to = Math.min(sampleIndices.length, from + step);
    const samples = { inputs: rowsOf(inputs, from, to), classes: classes.slice(from, to) };
    const request = { ...samples, sampleIndices: sampleIndices.slice(from, to), ...(signal === undefined ? {} : { signal }) };
    const explanation = await namingNotFinite(lease.engine, samples, () => prepared.explain(request));
    yield { ...explanation, sampleIndices: request.sampleIndices };
  }
}
