import { newRunId, type AggregatedMeasure, type PlannedEvaluation } from '@xaigrid/contracts';
import type { MapRow, NewRun, PredictionRow, Store } from '../src/index.js';

export const measures: readonly AggregatedMeasure[] = [
  { name: 'drop', aggregate: 'mean' },
  { name: 'increase', aggregate: 'share' },
  { name: 'ties', aggregate: 'count' },
  { name: 'maskedClass', aggregate: 'collapse' },
];

export const mapShape = [5, 2];

/** A small plan; `seed` makes its maps differ from those of others. */
export function samplePlan(
  overrides: Partial<PlannedEvaluation> & { readonly keepFractions?: readonly number[] } = {},
): PlannedEvaluation {
  const { keepFractions = [0.1, 0.3], ...rest } = overrides;
  const hash = (digit: string): string => digit.repeat(64);
  return {
    dataset: {
      name: 'mnist1d',
      kind: 'mnist1d',
      params: { split: 'test' },
      files: [],
      fingerprint: hash('d'),
      size: 1000,
      sampleShape: [40, 1],
      classNames: ['0', '1', '2'],
    },
    model: {
      name: 'cnn',
      format: 'keras-hdf5',
      files: [{ name: 'cnn.h5', sha256: hash('e'), size: 10 }],
      fingerprint: hash('f'),
    },
    engine: 'onnxruntime',
    explainer: { method: 'sise', version: 1, params: { layers: ['conv1d_2'] }, files: [] },
    explainedClass: 'predicted',
    seed: 0,
    samples: 10,
    label: 'sise',
    settings: keepFractions.map((keepFraction) => ({
      metric: 'drop-increase',
      version: 1,
      scoredClass: 'predicted' as const,
      setting: { keepFraction, baseline: 'zero' },
    })),
    ...rest,
  };
}

export function sampleRun(plans: readonly PlannedEvaluation[] = [samplePlan()], shardSize = 4): NewRun {
  return {
    id: newRunId(),
    name: 'sample',
    specText: 'name: sample\n',
    versions: { xaigrid: '0.1.0', node: 'v20', platform: 'linux-x64' },
    evaluations: plans.map((plan) => ({ plan, measures: plan.settings.map(() => measures), shardSize })),
  };
}

/** Maps whose every value tells its sample and its position. */
export function sampleMaps(start: number, end: number): MapRow[] {
  return range(start, end).map((sampleIndex) => ({
    sampleIndex,
    data: Float32Array.from({ length: 10 }, (_, position) => sampleIndex + Math.fround(position / 10)),
    degenerate: sampleIndex % 4 === 3,
    diagnostics: { additivityError: sampleIndex / 1000 },
  }));
}

export function samplePredictions(start: number, end: number): PredictionRow[] {
  return range(start, end).map((sampleIndex) => ({
    sampleIndex,
    label: sampleIndex % 3,
    outputs: Float32Array.from([0.1, 0.1 + sampleIndex / 7, 0.3]),
  }));
}

/** The measures of one sample at setting `s`. */
export function sampleMeasures(s: number, sampleIndex: number): number[] {
  return [
    ((sampleIndex * 37 + s * 11) % 101) / 101,
    (sampleIndex + s) % 3 === 0 ? 1 : 0,
    sampleIndex % 2,
    sampleIndex % 5 < 3 ? 1 : 2,
  ];
}

export function sampleScores(
  scoreSetIds: readonly number[],
  start: number,
  end: number,
): Parameters<Store['shards']['completeScore']>[0]['scores'] {
  const indices = range(start, end);
  return scoreSetIds.map((scoreSetId, s) => ({
    scoreSetId,
    sampleIndices: Int32Array.from(indices),
    measures: measures.map((_, m) => Float64Array.from(indices, (index) => sampleMeasures(s, index)[m] ?? NaN)),
    degenerate: indices.map((index) => index % 4 === 3),
  }));
}

/** Takes every shard of a run through both stages. */
export async function completeRun(store: Store, runId: string, mapsOf = sampleMaps): Promise<void> {
  for (const evaluation of await store.runs.evaluations(runId)) {
    const shards = await store.shards.page(runId, { states: ['planned'], afterId: 0, limit: 10_000 });
    for (const shard of shards.filter(({ evaluationId }) => evaluationId === evaluation.id)) {
      await store.shards.completeExplain({
        shardId: shard.id,
        mapSetId: evaluation.mapSetId,
        mapShape,
        maps: mapsOf(shard.start, shard.end),
        predictionSetId: evaluation.predictionSetId,
        predictions: samplePredictions(shard.start, shard.end),
        reused: 0,
      });
      await store.shards.completeScore({
        shardId: shard.id,
        scores: sampleScores(evaluation.scoreSetIds, shard.start, shard.end),
        computed: (shard.end - shard.start) * evaluation.scoreSetIds.length,
        reused: 0,
      });
    }
  }
}

export function range(start: number, end: number): number[] {
  return Array.from({ length: end - start }, (_, offset) => start + offset);
}
