/** The explainer worker as it is, but for the computation: maps of four numbers, predictions of two classes, at once. */
import { startExplainService } from '@xaigrid/explainer-worker';
import { runWorkerProcess } from '@xaigrid/service';

const mapShape = [4];

async function explain(context, evaluation, { start, end }) {
  const samples = Array.from({ length: end - start }, (_, offset) => start + offset);
  return {
    mapShape,
    maps: samples.map((sampleIndex) => ({
      ...{ sampleIndex, data: Float32Array.of(sampleIndex, 1, 2, 3), degenerate: false, diagnostics: {} },
    })),
    predictions: samples.map((sampleIndex) => ({ sampleIndex, label: sampleIndex % 2, outputs: Float32Array.of(0.25, 0.75) })),
    reused: 0,
  };
}

await runWorkerProcess({
  name: 'pretend-explainer-worker',
  summary: 'takes explain shards and only pretends to draw maps.',
  version: 'none',
  start: (parts) => startExplainService({ ...parts, explain }),
});
