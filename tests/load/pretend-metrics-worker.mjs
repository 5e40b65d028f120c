/** The metrics worker as it is, but for the computation: each score is known at once. */
import { startScoreService } from '@xaigrid/metrics-worker';
import { runWorkerProcess } from '@xaigrid/service';
import { metric } from '@xaigrid/metrics';

async function score(context, evaluation, { start, end }) {
  const samples = end - start;
  const sampleIndices = Int32Array.from({ length: samples }, (_, offset) => start + offset);
  const scores = evaluation.scoreSetIds.map((scoreSetId, position) => ({
    ...{ scoreSetId, sampleIndices },
    measures: metric(evaluation.plan.settings[position].metric).measures.map(() => new Float64Array(samples).fill(0.5)),
    degenerate: Array.from(sampleIndices, () => false),
  }));
  return { scores, computed: samples * scores.length, reused: 0 };
}

await runWorkerProcess({
  name: 'pretend-metrics-worker',
  summary: 'takes score shards and only pretends to score.',
  version: 'none',
  start: (parts) => startScoreService({ ...parts, score }),
});
