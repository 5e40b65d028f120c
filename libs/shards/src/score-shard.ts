import { grouped, XaigridError, type Group, type PlannedEvaluation, type PlannedSetting } from '@xaigrid/contracts';
import { readAhead, readSamples, spanOf } from '@xaigrid/datasets';
import {
  createSharedRows,
  metric,
  sharedRowBytes,
  type DrawAgain,
  type Metric,
  type Redrawing,
  type SharedRows,
} from '@xaigrid/metrics';
import { classesByPolicy, requireAlgorithmVersion, type SamplesWithOutputs, type EngineLease } from '@xaigrid/service';
import type { EvaluationRecord, Store } from '@xaigrid/store';
import { rowsOf, sizeOf, takeRows, type Tensor } from '@xaigrid/tensor';
import { drawMaps, type DrawnMaps } from './draw-maps.js';
import type { ComputingContext } from './explain-shard.js';

type CompletedScores = Parameters<Store['shards']['completeScore']>[0];
/** The scores that a shard lacked. */
export type ScoredShard = Pick<CompletedScores, 'scores' | 'computed' | 'reused'>;

/** A score set to fill: the setting, its set, and the samples whose scores are missing. */
interface OpenSetting {
  readonly planned: PlannedSetting;
  readonly scoreSetId: number;
  readonly missing: Int32Array<ArrayBuffer>;
}

/**
 * Scores one shard at all settings whose scores are not fully stored. Samples and maps are read once, one piece ahead of the
 * scoring. All settings of one metric are scored from them together.
 * @param sampleIndices ascending
 */
export async function scoreShard(
  context: ComputingContext,
  evaluation: EvaluationRecord,
  sampleIndices: Int32Array<ArrayBuffer>,
  signal: AbortSignal,
): Promise<ScoredShard> {
  const { store, sharedBytes = SHARED_BYTES } = context;
  const { plan } = evaluation;
  const missing = await store.scores.missing(evaluation.scoreSetIds, ...spanOf(sampleIndices));
  const open: OpenSetting[] = plan.settings.flatMap((planned, index) => {
    const scoreSetId = evaluation.scoreSetIds[index];
    const indices = missing[index];
    // Settings that differ only in their divisor have the same scores.
    const again = scoreSetId !== undefined && evaluation.scoreSetIds.indexOf(scoreSetId) < index;
    return scoreSetId === undefined || again || indices === undefined || indices.length === 0
      ? []
      : [{ planned, scoreSetId, missing: indices }];
  });
  const computed = open.reduce((sum, { missing: indices }) => sum + indices.length, 0);
  const reused = plan.settings.length * sampleIndices.length - computed;
  if (open.length === 0) return { scores: [], computed, reused };

  for (const { metric: name, version: wanted } of open.map(({ planned }) => planned))
    requireAlgorithmVersion({ doer: `scores ${name}`, ours: metric(name).version, wanted });
  const dataset = await context.modelsAndDatasets.dataset(plan.dataset);
  const groups = groupByMetric(open).map(groupToScore);
  const all = { start: 0, end: sampleIndices.length, sampleShape: dataset.info.sampleShape };
  const pieces = readAhead(all, async (from, to) => {
    const ofPiece = sampleIndices.slice(from, to);
    const [{ inputs, regions }, { maps, degenerate }, predictions] = await Promise.all([
      readSamples(dataset, ofPiece, signal),
      store.maps.read(evaluation.mapSetId, ...spanOf(ofPiece)),
      store.predictions.read(evaluation.predictionSetId, ...spanOf(ofPiece)),
    ]);
    return { sampleIndices: ofPiece, inputs, maps, degenerate, ...predictions, ...(regions === undefined ? {} : { regions }) };
  });
  const scored = async (lease: EngineLease): Promise<void> => {
    for await (const { value } of pieces) {
      for (const part of partsOf(value, groups, sharedBytes)) {
        const shared = groups.length > 1 ? createSharedRows(sharedBytes) : undefined;
        for (const group of groups) await scorePiece(group, { context, lease, plan, samples: part, shared, signal });
      }
    }
  };
  await context.slots.use(plan, scored);
  return { scores: groups.flatMap(({ columns }) => columns), computed, reused };
}

/** For outputs on perturbed samples, and for maps that were drawn again. */
const SHARED_BYTES = 128 * 2 ** 20;

/**
 * Cuts samples so that the maps which several metrics draw again for a part fit into the memory for shared rows.
 */
function partsOf(samples: PieceOfSamples, groups: readonly ScoredTogether[], sharedBytes: number): PieceOfSamples[] {
  const draws = groups.map(({ scorer, settings }) => scorer.drawsAgain?.(settings.map(({ planned }) => planned.setting)) ?? 0);
  const count = samples.sampleIndices.length;
  if (draws.filter((drawn) => drawn > 0).length < 2) return [samples];
  const bytes = sharedRowBytes(sizeOf(samples.maps.shape.slice(1))) * Math.max(1, ...draws);
  const step = Math.max(1, Math.floor(sharedBytes / 2 / bytes));
  return Array.from({ length: Math.ceil(count / step) }, (_, part) => {
    const rows = Int32Array.from({ length: Math.min(step, count - part * step) }, (_, at) => part * step + at);
    return { ...take(samples, rows), sampleIndices: rows.map((row) => samples.sampleIndices[row] ?? -1) };
  });
}

/** Groups settings that one call can score together: same metric, same scored class, same missing samples. */
function groupByMetric(open: readonly OpenSetting[]): Group<OpenSetting>[] {
  const keyOf = ({ planned: { metric, version, scoredClass }, missing }: OpenSetting): string =>
    `${metric} ${version} ${scoredClass} ${missing.join(',')}`;
  return [...grouped(open, keyOf).values()];
}

/** What samples are scored from, row by row. Parts of it are views. */
interface SamplesToScore extends SamplesWithOutputs {
  readonly inputs: Tensor;
  readonly maps: Tensor;
  readonly degenerate: readonly boolean[];
  readonly regions?: Tensor;
}

type PieceOfSamples = SamplesToScore & { readonly sampleIndices: Int32Array<ArrayBuffer> };

function take(samples: SamplesToScore, rows: Int32Array<ArrayBuffer>): SamplesToScore {
  return {
    inputs: takeRows(samples.inputs, rows),
    maps: takeRows(samples.maps, rows),
    degenerate: Array.from(rows, (row) => samples.degenerate[row] ?? false),
    outputs: takeRows(samples.outputs, rows),
    labels: rows.map((row) => samples.labels[row] ?? 0),
    ...(samples.labelSets === undefined ? {} : { labelSets: pick(samples.labelSets, rows) }),
    ...(samples.regions === undefined ? {} : { regions: takeRows(samples.regions, rows) }),
  };
}

function pick<Item>(items: readonly Item[], rows: Int32Array): Item[] {
  return Array.from(rows, (row) => items[row]).filter((item) => item !== undefined);
}

/** Settings that are scored together, and their scores so far. */
interface ScoredTogether {
  readonly scorer: Metric;
  readonly settings: readonly OpenSetting[];
  readonly scoredClass: PlannedSetting['scoredClass'];
  /** The samples to score, ascending. */
  readonly sampleIndices: Int32Array<ArrayBuffer>;
  readonly columns: (CompletedScores['scores'][number] & { readonly degenerate: boolean[] })[];
}

function groupToScore(settings: Group<OpenSetting>): ScoredTogether {
  const [{ planned, missing }] = settings;
  const scorer = metric(planned.metric);
  return {
    ...{ scorer, settings, scoredClass: planned.scoredClass, sampleIndices: missing },
    columns: settings.map(({ scoreSetId }) => ({
      scoreSetId,
      sampleIndices: missing,
      measures: scorer.measures.map(() => new Float64Array(missing.length)),
      degenerate: Array.from(missing, () => false),
    })),
  };
}

interface PieceToScore {
  readonly context: ComputingContext;
  readonly lease: EngineLease;
  readonly plan: PlannedEvaluation;
  readonly samples: PieceOfSamples;
  readonly shared: SharedRows | undefined;
  readonly signal: AbortSignal;
}

/** Scores the samples of a piece that the group lacks. */
async function scorePiece(group: ScoredTogether, piece: PieceToScore): Promise<void> {
  const { scorer, settings, columns } = group;
  const { lease, signal } = piece;
  const { engine } = lease;
  const lacking = new Set(group.sampleIndices);
  const rows = Int32Array.from(piece.samples.sampleIndices.keys()).filter((row) =>
    lacking.has(piece.samples.sampleIndices[row] ?? -1),
  );
  const sampleIndices = rows.map((row) => piece.samples.sampleIndices[row] ?? -1);
  const [firstIndex] = sampleIndices;
  if (firstIndex === undefined) return;
  const place = group.sampleIndices.indexOf(firstIndex);
  const samples = take(piece.samples, rows);
  const classes = classesByPolicy(group.scoredClass, samples);
  const explainedClasses = scorer.drawsAgain === undefined ? undefined : classesByPolicy(piece.plan.explainedClass, samples);
  const step = Math.max(1, scorer.samplesPerCall(engine, settings.length));
  for (let from = 0; from < sampleIndices.length; from += step) {
    signal.throwIfAborted();
    const to = Math.min(sampleIndices.length, from + step);
    const scored = await scorer.score({
      engine,
      inputs: rowsOf(samples.inputs, from, to),
      maps: rowsOf(samples.maps, from, to),
      predictions: rowsOf(samples.outputs, from, to),
      classes: classes.slice(from, to),
      sampleIndices: sampleIndices.slice(from, to),
      settings: settings.map(({ planned }) => planned.setting),
      seed: piece.plan.seed,
      shared: piece.shared,
      ...(samples.regions === undefined ? {} : { regions: rowsOf(samples.regions, from, to) }),
      ...(explainedClasses === undefined ? {} : { redrawing: redrawing(piece, explainedClasses.slice(from, to)) }),
      signal,
    });
    scorer.measures.forEach(({ name }, m) => {
      const values = scored.measures[name];
      if (values === undefined) throw new XaigridError('INTERNAL', `${scorer.metric} did not return its measure "${name}".`);
      columns.forEach(({ measures }, s) => {
        measures[m]?.set(values.subarray(s * (to - from), (s + 1) * (to - from)), place + from);
      });
    });
  }
  for (const { degenerate } of columns) degenerate.splice(place, sampleIndices.length, ...samples.degenerate);
}

/**
 * A port through which a metric explains again with the evaluation's method, engine and background. Such maps are compared and
 * then dropped.
 */
function redrawing({ context, lease, plan, signal }: PieceToScore, explainedClasses: Int32Array<ArrayBuffer>): Redrawing {
  const drawOn =
    (on: EngineLease): DrawAgain =>
    (wanted) =>
      joinedMaps(drawMaps({ context, lease: on, plan }, { ...wanted, signal }), wanted.sampleIndices.length);
  return {
    explainedClasses,
    draw: drawOn(lease),
    onVariant: (variant, work) => lease.withVariant(variant, (on) => work(drawOn(on))),
  };
}

async function joinedMaps(drawn: AsyncIterable<DrawnMaps>, samples: number): Promise<Tensor> {
  let joined: Tensor | undefined;
  let row = 0;
  for await (const { maps, sampleIndices } of drawn) {
    const shape = maps.shape.slice(1);
    joined ??= { shape: [samples, ...shape], data: new Float32Array(samples * sizeOf(shape)) };
    joined.data.set(maps.data, row * sizeOf(shape));
    row += sampleIndices.length;
  }
  if (joined === undefined) throw new XaigridError('INTERNAL', 'A metric wanted no map drawn again.');
  return joined;
}
