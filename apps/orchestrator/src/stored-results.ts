import { XaigridError } from '@xaigrid/contracts';
import { datasetKind } from '@xaigrid/datasets';
import type { Materials } from '@xaigrid/service';
import type { EvaluationRecord, Store } from '@xaigrid/store';
import type { RunControl } from './run-control.js';

type StoredResults = Pick<RunControl, 'maps' | 'mapRecords' | 'evaluation' | 'predictions' | 'sample'>;

/** What is stored of single evaluations: maps, predictions, and the samples they are about. */
export function createStoredResults(options: { readonly store: Store; readonly materials: Materials }): StoredResults {
  const { store, materials } = options;

  async function evaluationOf(reference: string, ordinal: number): Promise<EvaluationRecord> {
    const run = await store.runs.find(reference);
    const evaluations = await store.runs.evaluations(run.id);
    const evaluation = evaluations.find((candidate) => candidate.ordinal === ordinal);
    if (evaluation !== undefined) return evaluation;
    throw new XaigridError(
      'MAP_NOT_FOUND',
      `Run ${run.id} has no evaluation ${ordinal}; its evaluations are 0 to ${evaluations.length - 1}.`,
    );
  }

  return {
    async maps(reference, ordinal, start, end) {
      const evaluation = await evaluationOf(reference, ordinal);
      const { samples } = evaluation.plan;
      if (start >= samples)
        throw new XaigridError('MAP_NOT_FOUND', `There is no sample ${start}; this evaluation has samples 0 to ${samples - 1}.`);
      return store.maps.read(evaluation.mapSetId, start, Math.min(end, samples));
    },
    async mapRecords(reference, ordinal, start, end) {
      const { mapSetId, plan } = await evaluationOf(reference, ordinal);
      return store.maps.records(mapSetId, start, Math.min(end, plan.samples));
    },
    async evaluation(reference, ordinal) {
      const { plan, predictionSetId } = await evaluationOf(reference, ordinal);
      const { kind: kindName, params, classNames, sampleShape } = plan.dataset;
      const kind = datasetKind(kindName);
      const templates = kind.classTemplates?.(kind.params.parse(params));
      return {
        ...{ classNames, sampleShape },
        storedPredictions: await store.predictions.count(predictionSetId, 0, plan.samples),
        ...(templates === undefined ? {} : { classTemplates: templates.map((template) => Array.from(template)) }),
      };
    },
    async predictions(reference, ordinal, start, end) {
      const { predictionSetId, plan } = await evaluationOf(reference, ordinal);
      return store.predictions.stored(predictionSetId, start, Math.min(end, plan.samples));
    },
    async sample(reference, ordinal, sampleIndex) {
      const evaluation = await evaluationOf(reference, ordinal);
      const { samples } = evaluation.plan;
      if (sampleIndex >= samples)
        throw new XaigridError(
          'MAP_NOT_FOUND',
          `There is no sample ${sampleIndex}; this evaluation has samples 0 to ${samples - 1}.`,
        );
      const dataset = await materials.dataset(evaluation.plan.dataset);
      const { inputs, labels, labelSets } = await dataset.read(sampleIndex, sampleIndex + 1);
      return {
        ...{ input: { shape: inputs.shape.slice(1), data: inputs.data }, label: labels[0] ?? -1 },
        ...(labelSets === undefined ? {} : { labels: [...(labelSets[0] ?? [])] }),
      };
    },
  };
}
