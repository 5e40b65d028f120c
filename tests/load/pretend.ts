import { setTimeout as delay } from 'node:timers/promises';
import type { ExplainServiceOptions } from '@xaigrid/explainer-worker';
import { metric } from '@xaigrid/metrics';
import type { ScoreServiceOptions } from '@xaigrid/metrics-worker';

const mapShape = [4];

/** In place of the computation: maps of four numbers, predictions of two classes, after so many milliseconds. */
export function pretendToExplain(milliseconds: number): NonNullable<ExplainServiceOptions['explain']> {
  return async (_context, _evaluation, sampleIndices, signal) => {
    if (milliseconds > 0) await delay(milliseconds, undefined, { signal });
    const samples = [...sampleIndices];
    return {
      mapShape,
      maps: samples.map((sampleIndex) => ({
        ...{ sampleIndex, data: Float32Array.of(sampleIndex, 1, 2, 3), degenerate: false, diagnostics: {} },
      })),
      predictions: samples.map((sampleIndex) => ({ sampleIndex, label: sampleIndex % 2, outputs: Float32Array.of(0.25, 0.75) })),
      reused: 0,
    };
  };
}

/** In place of the computation: every measure is one half. */
export function pretendToScore(milliseconds: number): NonNullable<ScoreServiceOptions['score']> {
  return async (_context, { scoreSetIds, plan }, sampleIndices, signal) => {
    if (milliseconds > 0) await delay(milliseconds, undefined, { signal });
    const samples = sampleIndices.length;
    const scores = scoreSetIds.map((scoreSetId, position) => ({
      ...{ scoreSetId, sampleIndices },
      measures: metric(plan.settings[position]?.metric ?? '').measures.map(() => new Float64Array(samples).fill(0.5)),
      degenerate: Array.from(sampleIndices, () => false),
    }));
    return { scores, computed: samples * scores.length, reused: 0 };
  };
}
