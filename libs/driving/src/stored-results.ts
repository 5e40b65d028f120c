import { samplesInWords, XaigridError } from '@xaigrid/contracts';
import { datasetKind, type SampleBatch } from '@xaigrid/datasets';
import type { ModelsAndDatasets } from '@xaigrid/service';
import type { EvaluationRecord, Store } from '@xaigrid/store';
import type { RunControl } from '@xaigrid/control';
import { findEvaluation } from './find-evaluation.js';

type StoredResults = Pick<RunControl, 'maps' | 'mapRecords' | 'evaluation' | 'predictions' | 'sample' | 'region'>;

type Span = [start: number, end: number, only?: Int32Array<ArrayBuffer>];

function isEmpty([start, end, only]: Span): boolean {
  return (only?.length ?? end - start) <= 0;
}

/** What is stored about single evaluations: maps, predictions, and their samples. */
export function createStoredResults(options: {
  readonly store: Store;
  readonly modelsAndDatasets: ModelsAndDatasets;
}): StoredResults {
  const { store, modelsAndDatasets } = options;

  const evaluationOf = (reference: string, ordinal: number): Promise<EvaluationRecord> =>
    findEvaluation(store, reference, ordinal);

  /** The samples of `start` … `end − 1` that take part, as arguments for the store. */
  async function takenOf({ id, plan }: EvaluationRecord, start: number, end: number): Promise<Span> {
    if (plan.chosen === undefined) return [start, Math.min(end, plan.samples)];
    // Callers may give any index; the store has those of the data set.
    const [from, to] = [Math.min(start, plan.dataset.size), Math.min(end, plan.dataset.size)];
    return [from, to, await store.runs.chosen(id, from, to)];
  }

  /** The first sample from `start` on that takes part. */
  async function nextTaken({ id, plan }: EvaluationRecord, start: number): Promise<number | undefined> {
    if (plan.chosen === undefined) return start < plan.samples ? start : undefined;
    return start < plan.dataset.size ? (await store.runs.chosen(id, start, plan.dataset.size, 1))[0] : undefined;
  }

  /** The error for a missing sample: which samples there are, and the nearest one. */
  async function notTaken({ id, plan }: EvaluationRecord, sampleIndex: number): Promise<XaigridError> {
    const { samples, chosen, dataset } = plan;
    let has = `has samples 0 to ${samples - 1}`;
    if (chosen !== undefined) {
      const distance = (index: number): number => Math.abs(index - sampleIndex);
      const taken = await store.runs.chosen(id, 0, dataset.size);
      const nearest = taken.reduce((best, index) => (distance(index) < distance(best) ? index : best), taken[0] ?? 0);
      has = `takes ${samplesInWords({ samples, chosen, datasetSize: dataset.size })}. The nearest of them is sample ${nearest}`;
    }
    return new XaigridError('MAP_NOT_FOUND', `There is no sample ${sampleIndex} in this evaluation: it ${has}.`);
  }

  /** The only row of the batch is the sample. */
  async function readSample(evaluation: EvaluationRecord, sampleIndex: number): Promise<SampleBatch> {
    if (isEmpty(await takenOf(evaluation, sampleIndex, sampleIndex + 1))) throw await notTaken(evaluation, sampleIndex);
    const dataset = await modelsAndDatasets.dataset(evaluation.plan.dataset);
    return dataset.read(sampleIndex, sampleIndex + 1);
  }

  return {
    async maps(reference, ordinal, start, end) {
      const evaluation = await evaluationOf(reference, ordinal);
      const span = await takenOf(evaluation, start, end);
      if (isEmpty(span)) throw await notTaken(evaluation, start);
      const next = await nextTaken(evaluation, end);
      return { ...(await store.maps.read(evaluation.mapSetId, ...span)), ...(next === undefined ? {} : { next }) };
    },
    async mapRecords(reference, ordinal, start, end) {
      const evaluation = await evaluationOf(reference, ordinal);
      return store.maps.records(evaluation.mapSetId, ...(await takenOf(evaluation, start, end)));
    },
    async evaluation(reference, ordinal) {
      const evaluation = await evaluationOf(reference, ordinal);
      const { plan, predictionSetId } = evaluation;
      const span = await takenOf(evaluation, 0, plan.dataset.size);
      const [, , only] = span;
      const { kind: kindName, params, classNames, featureNames, sampleShape, regions } = plan.dataset;
      const kind = datasetKind(kindName);
      const templates = kind.classTemplates?.(kind.params.parse(params));
      return {
        ...{ classNames, sampleShape },
        ...(featureNames === undefined ? {} : { featureNames }),
        ...(regions === true ? { regions } : {}),
        storedPredictions: await store.predictions.count(predictionSetId, ...span),
        ...(only === undefined ? {} : { sampleIndices: [...only] }),
        ...(templates === undefined ? {} : { classTemplates: templates.map((template) => Array.from(template)) }),
      };
    },
    async predictions(reference, ordinal, start, end) {
      const evaluation = await evaluationOf(reference, ordinal);
      return store.predictions.stored(evaluation.predictionSetId, ...(await takenOf(evaluation, start, end)));
    },
    async sample(reference, ordinal, sampleIndex) {
      const { inputs, labels, labelSets } = await readSample(await evaluationOf(reference, ordinal), sampleIndex);
      return {
        ...{ input: { shape: inputs.shape.slice(1), data: inputs.data }, label: labels[0] ?? -1 },
        ...(labelSets === undefined ? {} : { labels: [...(labelSets[0] ?? [])] }),
      };
    },
    async region(reference, ordinal, sampleIndex) {
      const evaluation = await evaluationOf(reference, ordinal);
      const { regions } = await readSample(evaluation, sampleIndex);
      if (regions !== undefined) return { shape: regions.shape.slice(1), data: regions.data };
      throw new XaigridError(
        'REGION_NOT_FOUND',
        `Data set "${evaluation.plan.dataset.name}" has no regions. A spec can give it some: masks, or annotations of COCO or Pascal VOC (docs/datasets.md).`,
      );
    },
  };
}
