import { mapSetKey, type LabelSet, type PlannedEvaluation } from '@xaigrid/contracts';
import { readAhead } from '@xaigrid/datasets';
import { explainer, paramsOf, versionDrawn, type Explanation, type PreparedExplainer } from '@xaigrid/explainers';
import { classesByPolicy, requireAlgorithmVersion, type EngineLease, type EngineSlots, type Materials } from '@xaigrid/service';
import type { EvaluationRecord, MapRow, PredictionRow, Store } from '@xaigrid/store';
import { sizeOf, takeRows, type Tensor } from '@xaigrid/tensor';
import { namingNotFinite } from './not-finite.js';
import { prepareExplainer } from './prepare-explainer.js';
import { usablePredictions } from './usable-predictions.js';

export interface ExplainContext {
  readonly store: Store;
  readonly materials: Materials;
  readonly slots: EngineSlots;
  /** Where an explainer's own files are on this machine. */
  readonly filePath: (file: PlannedEvaluation['explainer']['files'][number]) => Promise<string>;
}

export interface ExplainedShard {
  readonly mapShape: readonly number[];
  readonly maps: readonly MapRow[];
  readonly predictions: readonly PredictionRow[];
  /** Samples whose map was stored already. */
  readonly reused: number;
}

/** Computes what is not stored yet of one shard: predictions and maps of samples `start` … `end − 1`. */
export async function explainShard(
  context: ExplainContext,
  evaluation: EvaluationRecord,
  range: { readonly start: number; readonly end: number },
  signal: AbortSignal,
): Promise<ExplainedShard> {
  const { plan } = evaluation;
  const { method, version: wanted } = plan.explainer;
  await requireAlgorithmVersion({ doer: `draws ${method} maps`, ours: versionDrawn(explainer(method), wanted), wanted }, signal);
  const { start, end } = range;
  const [missingMaps, missingPredictions] = await Promise.all([
    context.store.maps.missing(evaluation.mapSetId, start, end),
    context.store.predictions.missing(evaluation.predictionSetId, start, end),
  ]);
  const reused = end - start - missingMaps.length;
  if (missingMaps.length === 0 && missingPredictions.length === 0) return { mapShape: [], maps: [], predictions: [], reused };
  const dataset = await context.materials.dataset(plan.dataset);
  const work = {
    context,
    evaluation,
    missingMaps: new Set(missingMaps),
    missingPredictions: new Set(missingPredictions),
    signal,
  };
  const pieces = readAhead({ start, end, sampleShape: dataset.info.sampleShape }, (from, to) => dataset.read(from, to, signal));
  return context.slots.use(plan.model, plan.engine, async (lease) => {
    let mapShape: readonly number[] = [];
    const maps: MapRow[] = [];
    const predictions: PredictionRow[] = [];
    for await (const { start: offset, value } of pieces) {
      const explained = await explainPiece({ ...work, lease, offset, ...value });
      if (explained.maps.length > 0) mapShape = explained.mapShape;
      maps.push(...explained.maps);
      predictions.push(...explained.predictions);
    }
    return { mapShape, maps, predictions, reused };
  });
}

interface PieceToExplain {
  readonly context: ExplainContext;
  readonly lease: EngineLease;
  readonly evaluation: EvaluationRecord;
  readonly missingMaps: ReadonlySet<number>;
  readonly missingPredictions: ReadonlySet<number>;
  /** The sample index of row 0 of inputs and labels. */
  readonly offset: number;
  readonly inputs: Tensor;
  readonly labels: Int32Array<ArrayBuffer>;
  readonly labelSets?: readonly LabelSet[];
  readonly signal: AbortSignal;
}

async function explainPiece(work: PieceToExplain): Promise<Omit<ExplainedShard, 'reused'>> {
  const { context, lease, evaluation, offset, inputs, labels } = work;
  const end = offset + labels.length;
  const sampleIndices = Int32Array.from(labels, (_, row) => offset + row);
  const toPredict = sampleIndices.filter((sampleIndex) => work.missingPredictions.has(sampleIndex));
  const toExplain = sampleIndices.filter((sampleIndex) => work.missingMaps.has(sampleIndex));
  // All predictions of the piece are made anew when one is missing: they are a thousandth of the work of the maps.
  const outputs =
    toPredict.length > 0
      ? await usablePredictions(lease.engine, inputs, offset)
      : (await context.store.predictions.read(evaluation.predictionSetId, offset, end)).outputs;
  const explained =
    toExplain.length === 0 ? { mapShape: [], maps: [] } : await explainSamples({ ...work, sampleIndices: toExplain, outputs });
  const classes = outputs.shape[1] ?? 0;
  return {
    ...explained,
    predictions: Array.from(toPredict, (sampleIndex) => {
      const row = sampleIndex - offset;
      const labelSet = work.labelSets?.[row];
      return {
        ...{ sampleIndex, label: labels[row] ?? -1 },
        ...(labelSet === undefined ? {} : { labelSet }),
        outputs: outputs.data.slice(row * classes, (row + 1) * classes),
      };
    }),
  };
}

interface SamplesToExplain extends Omit<PieceToExplain, 'missingMaps' | 'missingPredictions'> {
  /** Those of the piece that have no map yet. */
  readonly sampleIndices: Int32Array<ArrayBuffer>;
  readonly outputs: Tensor;
}

async function explainSamples(work: SamplesToExplain): Promise<{ mapShape: readonly number[]; maps: MapRow[] }> {
  const { context, lease, sampleIndices, signal } = work;
  const { plan } = work.evaluation;
  const prepared = await lease.prepared<PreparedExplainer>(mapSetKey(plan), (engine) => prepareExplainer(context, plan, engine));
  const method = explainer(plan.explainer.method);
  const step = Math.max(1, method.samplesPerCall(lease.engine, method.params.parse(paramsOf(method, plan.explainer))));
  const classes = classesByPolicy(plan.explainedClass, work);
  const maps: MapRow[] = [];
  let mapShape: readonly number[] = [];
  for (let from = 0; from < sampleIndices.length; from += step) {
    signal.throwIfAborted();
    const indices = sampleIndices.slice(from, from + step);
    const rows = indices.map((sampleIndex) => sampleIndex - work.offset);
    const samples = { inputs: takeRows(work.inputs, rows), classes: rows.map((row) => classes[row] ?? 0) };
    const explanation = await namingNotFinite(lease.engine, samples, () =>
      prepared.explain({ ...samples, sampleIndices: indices, signal }),
    );
    mapShape = explanation.maps.shape.slice(1);
    maps.push(...mapRows(explanation, indices));
  }
  return { mapShape, maps };
}

function mapRows(explanation: Explanation, indices: Int32Array<ArrayBuffer>): MapRow[] {
  const stride = sizeOf(explanation.maps.shape.slice(1));
  return Array.from(indices, (sampleIndex, row) => ({
    sampleIndex,
    data: explanation.maps.data.subarray(row * stride, (row + 1) * stride),
    degenerate: explanation.degenerate[row] ?? false,
    diagnostics: Object.fromEntries(Object.entries(explanation.diagnostics).map(([name, values]) => [name, values[row] ?? 0])),
  }));
}
