import { evaluationDetailsSchema, type LabelSet } from '@xaigrid/contracts';
import { encodeNpz, tensorOf } from '@xaigrid/tensor';
import type { HttpApp, HttpParts } from '../http-app.js';
import { assertNotEmpty, binarySchema, evaluationParamsSchema, rangeSchema } from '../requests.js';

/** Samples whose predictions one answer holds at most: of 1000 classes 4 MB. */
const MOST_PREDICTIONS = 1_000;

const npz = 'application/octet-stream';

/** What an evaluation is about, and the model's stored outputs on its samples. */
export function addPredictionRoutes(app: HttpApp, { control }: HttpParts): void {
  app.get(
    '/v1/runs/:id/evaluations/:ordinal',
    {
      schema: {
        ...{ operationId: 'evaluation', tags: ['results'] },
        summary: 'The classes and sample shape of one evaluation, and how many predictions are stored.',
        ...{ params: evaluationParamsSchema, response: { 200: evaluationDetailsSchema } },
      },
    },
    ({ params: { id, ordinal } }) => control.evaluation(id, ordinal),
  );

  app.get(
    '/v1/runs/:id/evaluations/:ordinal/predictions',
    {
      schema: {
        ...{ operationId: 'predictions', tags: ['results'] },
        summary: 'The model’s outputs on samples start … end − 1, as far as they are stored.',
        description:
          'A .npz archive of `sample_index` (int32 [n]), `label` (int32 [n]) and `outputs` (float32 [n, classes]); where samples have ' +
          'sets of labels, `label` is −1 and `labels` (uint8 [n, classes]) has them multi-hot. When the answer does not reach the end of the range, X-Next-Start says where to go on.',
        params: evaluationParamsSchema,
        querystring: rangeSchema,
        response: { 200: { description: 'The predictions.', content: { [npz]: { schema: binarySchema } } } },
      },
    },
    async (request, reply) => {
      const { id, ordinal } = request.params;
      const { start, end } = request.query;
      assertNotEmpty(request.query);
      const stop = Math.min(end, start + MOST_PREDICTIONS);
      const { sampleIndices, labels, labelSets, outputs } = await control.predictions(id, ordinal, start, stop);
      if (stop < end) void reply.header('x-next-start', String(stop));
      const rows = [labels.length];
      const bytes = encodeNpz({
        ...{ sample_index: tensorOf(sampleIndices, rows), label: tensorOf(labels, rows), outputs },
        ...(labelSets === undefined ? {} : { labels: multiHot(labelSets, outputs.shape[1] ?? 0) }),
      });
      return reply.type(npz).send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    },
  );
}

function multiHot(sets: readonly LabelSet[], classes: number) {
  const hot = new Uint8Array(sets.length * classes);
  for (const [row, set] of sets.entries()) for (const label of set) hot[row * classes + label] = 1;
  return tensorOf(hot, [sets.length, classes]);
}
