import { assertNotEmpty, operations, type LabelSet } from '@xaigrid/contracts';
import { encodeNpz, tensorOf } from '@xaigrid/tensor';
import type { HttpApp, HttpParts } from '../http-app.js';
import { serveOperation } from '../serve-operation.js';

/** The most samples in one answer with predictions: 4 MB for 1000 classes. */
const MOST_PREDICTIONS = 1_000;

/** The routes of an evaluation's details, and of the model's stored outputs on its samples. */
export function addPredictionRoutes(app: HttpApp, { control }: HttpParts): void {
  serveOperation(app, operations.evaluation, ({ params: { id, ordinal } }) => control.evaluation(id, ordinal));

  serveOperation(app, operations.predictions, async ({ params: { id, ordinal }, query, reply }) => {
    assertNotEmpty(query);
    const { start, end } = query;
    const stop = Math.min(end, start + MOST_PREDICTIONS);
    const { sampleIndices, labels, labelSets, outputs } = await control.predictions(id, ordinal, start, stop);
    if (stop < end) void reply.header('x-next-start', String(stop));
    const rows = [labels.length];
    const bytes = encodeNpz({
      ...{ sample_index: tensorOf(sampleIndices, rows), label: tensorOf(labels, rows), outputs },
      ...(labelSets === undefined ? {} : { labels: multiHot(labelSets, outputs.shape[1] ?? 0) }),
    });
    return reply.type('application/octet-stream').send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  });
}

function multiHot(sets: readonly LabelSet[], classes: number) {
  const hot = new Uint8Array(sets.length * classes);
  for (const [row, set] of sets.entries()) for (const label of set) hot[row * classes + label] = 1;
  return tensorOf(hot, [sets.length, classes]);
}
