import type { LabelSet } from '@xaigrid/contracts';
import { readAhead, readSamples, spanOf } from '@xaigrid/datasets';
import { explainer, versionDrawn } from '@xaigrid/explainers';
import { classesByPolicy, requireAlgorithmVersion, type EngineLease, type EngineSlots } from '@xaigrid/service';
import type { EvaluationRecord, MapRow, PredictionRow, Store } from '@xaigrid/store';
import { sizeOf, takeRows, type Tensor } from '@xaigrid/tensor';
import { drawMaps, type DrawnMaps } from './draw-maps.js';
import type { ExplainerContext } from './prepare-explainer.js';
import { usablePredictions } from './usable-predictions.js';

/** What computing a shard needs: the store, the engines, and where data sets, models and files are. */
export interface ComputingContext extends ExplainerContext {
  readonly store: Store;
  readonly slots: EngineSlots;
  /** Memory for what the metrics of an evaluation share, in bytes. Default: 128 MiB. */
  readonly sharedBytes?: number;
}

/** The maps and predictions that a shard lacked. */
export interface ExplainedShard {
  readonly mapShape: readonly number[];
  readonly maps: readonly MapRow[];
  readonly predictions: readonly PredictionRow[];
  /** Samples whose map was stored already. */
  readonly reused: number;
}

/**
 * Computes the predictions and maps of one shard that are not stored yet.
 * @param sampleIndices ascending
 * @throws VERSION_MISMATCH when this process draws the method's maps in another version, NOT_FINITE when a map is not finite
 */
export async function explainShard(
  context: ComputingContext,
  evaluation: EvaluationRecord,
  sampleIndices: Int32Array<ArrayBuffer>,
  signal: AbortSignal,
): Promise<ExplainedShard> {
  const { plan } = evaluation;
  const { method, version: wanted } = plan.explainer;
  requireAlgorithmVersion({ doer: `draws ${method} maps`, ours: versionDrawn(explainer(method), wanted), wanted });
  const [missingMaps, missingPredictions] = await Promise.all([
    context.store.maps.missing(evaluation.mapSetId, ...spanOf(sampleIndices)),
    context.store.predictions.missing(evaluation.predictionSetId, ...spanOf(sampleIndices)),
  ]);
  const reused = sampleIndices.length - missingMaps.length;
  if (missingMaps.length === 0 && missingPredictions.length === 0) return { mapShape: [], maps: [], predictions: [], reused };
  const dataset = await context.modelsAndDatasets.dataset(plan.dataset);
  const work = {
    context,
    evaluation,
    missingMaps: new Set(missingMaps),
    missingPredictions: new Set(missingPredictions),
    signal,
  };
  const all = { start: 0, end: sampleIndices.length, sampleShape: dataset.info.sampleShape };
  const pieces = readAhead(all, async (from, to) => {
    const ofPiece = sampleIndices.slice(from, to);
    return { sampleIndices: ofPiece, ...(await readSamples(dataset, ofPiece, signal)) };
  });
  const explained = async (lease: EngineLease): Promise<ExplainedShard> => {
    let mapShape: readonly number[] = [];
    const maps: MapRow[] = [];
    const predictions: PredictionRow[] = [];
    for await (const { value } of pieces) {
      const piece = await explainPiece({ ...work, lease, ...value });
      if (piece.maps.length > 0) mapShape = piece.mapShape;
      maps.push(...piece.maps);
      predictions.push(...piece.predictions);
    }
    return { mapShape, maps, predictions, reused };
  };
  return context.slots.use(plan, explained);
}

interface PieceToExplain {
  readonly context: ComputingContext;
  readonly lease: EngineLease;
  readonly evaluation: EvaluationRecord;
  readonly missingMaps: ReadonlySet<number>;
  readonly missingPredictions: ReadonlySet<number>;
  /** The sample of each row of inputs and labels, ascending. */
  readonly sampleIndices: Int32Array<ArrayBuffer>;
  readonly inputs: Tensor;
  readonly labels: Int32Array<ArrayBuffer>;
  readonly labelSets?: readonly LabelSet[];
  readonly signal: AbortSignal;
}

async function explainPiece(work: PieceToExplain): Promise<Omit<ExplainedShard, 'reused'>> {
  const { context, lease, evaluation, sampleIndices, inputs, labels } = work;
  const rows = Int32Array.from(sampleIndices.keys());
  const toPredict = rows.filter((row) => work.missingPredictions.has(sampleIndices[row] ?? -1));
  const toExplain = rows.filter((row) => work.missingMaps.has(sampleIndices[row] ?? -1));
  // If one prediction of the piece is missing, all are computed: they take a thousandth of the work of the maps.
  const outputs =
    toPredict.length > 0
      ? await usablePredictions(lease.engine, inputs, sampleIndices)
      : (await context.store.predictions.read(evaluation.predictionSetId, ...spanOf(sampleIndices))).outputs;
  const explained =
    toExplain.length === 0 ? { mapShape: [], maps: [] } : await explainSamples({ ...work, rows: toExplain, outputs });
  const classes = outputs.shape[1] ?? 0;
  return {
    ...explained,
    predictions: Array.from(toPredict, (row) => {
      const labelSet = work.labelSets?.[row];
      return {
        ...{ sampleIndex: sampleIndices[row] ?? -1, label: labels[row] ?? -1 },
        ...(labelSet === undefined ? {} : { labelSet }),
        outputs: outputs.data.slice(row * classes, (row + 1) * classes),
      };
    }),
  };
}

interface SamplesToExplain extends Omit<PieceToExplain, 'missingMaps' | 'missingPredictions'> {
  /** The rows of the piece whose samples have no map yet. */
  readonly rows: Int32Array<ArrayBuffer>;
  readonly outputs: Tensor;
}

async function explainSamples(work: SamplesToExplain): Promise<{ mapShape: readonly number[]; maps: MapRow[] }> {
  const { context, lease, signal, rows } = work;
  const { plan } = work.evaluation;
  const classes = classesByPolicy(plan.explainedClass, work);
  const wanted = {
    inputs: takeRows(work.inputs, rows),
    classes: rows.map((row) => classes[row] ?? 0),
    sampleIndices: rows.map((row) => work.sampleIndices[row] ?? -1),
    signal,
  };
  const maps: MapRow[] = [];
  let mapShape: readonly number[] = [];
  for await (const drawn of drawMaps({ context, lease, plan }, wanted)) {
    mapShape = drawn.maps.shape.slice(1);
    maps.push(...mapRows(drawn));
  }
  return { mapShape, maps };
}

function mapRows({ maps, degenerate, diagnostics, sampleIndices }: DrawnMaps): MapRow[] {
  const stride = sizeOf(maps.shape.slice(1));
  return Array.from(sampleIndices, (sampleIndex, row) => ({
    sampleIndex,
    data: maps.data.subarray(row * stride, (row + 1) * stride),
    degenerate: degenerate[row] ?? false,
    diagnostics: Object.fromEntries(Object.entries(diagnostics).map(([name, values]) => [name, values[row] ?? 0])),
  }));
}
