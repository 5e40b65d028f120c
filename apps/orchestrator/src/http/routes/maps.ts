import { mapRecordsAnswerSchema, XaigridError } from '@xaigrid/contracts';
import { encodeNpy, sizeOf } from '@xaigrid/tensor';
import type { HttpApp, HttpParts } from '../http-app.js';
import { assertNotEmpty, binarySchema, evaluationParamsSchema, rangeSchema, wholeNumber } from '../requests.js';
import type { MapsOfRange, RunControl } from '@xaigrid/control';

/** Maps one answer holds at most: the rest is fetched by further requests, so that memory stays bounded. */
const MOST_MAPS = 1_000;
const MOST_BYTES = 32 * 1024 * 1024;
const MOST_RECORDS = 10_000;

const npy = 'application/octet-stream';
const npyAnswer = (description: string) => ({ description, content: { [npy]: { schema: binarySchema } } });

/** Explanation maps and the samples they are about, as .npy. */
export function addMapRoutes(app: HttpApp, { control }: HttpParts): void {
  app.get(
    '/v1/runs/:id/evaluations/:ordinal/maps',
    {
      schema: {
        ...{ operationId: 'maps', tags: ['maps'], summary: 'The maps of samples start … end − 1.' },
        description:
          'A float32 array [n, ...map shape]. n may be less than end − start: then X-Next-Start says where to go on. ' +
          'X-Degenerate has one digit a map, 1 for a degenerate one.',
        params: evaluationParamsSchema,
        querystring: rangeSchema,
        response: { 200: npyAnswer('The maps.') },
      },
    },
    async (request, reply) => {
      const { id, ordinal } = request.params;
      const { start, end } = request.query;
      assertNotEmpty(request.query);
      const { maps, degenerate, next } = await boundedMaps(control, { id, ordinal, start, end });
      if (next !== undefined) void reply.header('x-next-start', String(next));
      return reply
        .type(npy)
        .header('x-degenerate', degenerate.map((flag) => (flag ? '1' : '0')).join(''))
        .send(Buffer.from(encodeNpy(maps).buffer));
    },
  );

  app.get(
    '/v1/runs/:id/evaluations/:ordinal/map-records',
    {
      schema: {
        ...{ operationId: 'mapRecords', tags: ['maps'], summary: 'What is stored with the maps of samples start … end − 1.' },
        description: 'Flags and the numbers that the method gave with each map. Samples without a stored map are left out.',
        params: evaluationParamsSchema,
        querystring: rangeSchema,
        response: { 200: mapRecordsAnswerSchema },
      },
    },
    async (request) => {
      const { id, ordinal } = request.params;
      const { start, end } = request.query;
      assertNotEmpty(request.query);
      const stop = Math.min(end, start + MOST_RECORDS);
      const records = await control.mapRecords(id, ordinal, start, stop);
      return { records, ...(stop < end ? { next: stop } : {}) };
    },
  );

  app.get(
    '/v1/runs/:id/evaluations/:ordinal/samples/:index',
    {
      schema: {
        ...{ operationId: 'sample', tags: ['maps'], summary: 'One sample as the model gets it; X-Label is its label.' },
        description: 'Where samples have sets of labels, X-Label is −1 and X-Labels is the set: 0,3.',
        params: evaluationParamsSchema.extend({ index: wholeNumber('Position of the sample in its data set.') }),
        response: { 200: npyAnswer('The sample, float32.') },
      },
    },
    async (request, reply) => {
      const { id, ordinal, index } = request.params;
      const { input, label, labels } = await control.sample(id, ordinal, index);
      if (labels !== undefined) void reply.header('x-labels', labels.join(','));
      return reply
        .type(npy)
        .header('x-label', String(label))
        .send(Buffer.from(encodeNpy(input).buffer));
    },
  );
}

interface Range {
  readonly id: string;
  readonly ordinal: number;
  readonly start: number;
  readonly end: number;
}

/** As many maps from `start` on as one answer may hold. The first one tells how large they are. */
async function boundedMaps(
  control: Pick<RunControl, 'maps'>,
  { id, ordinal, start, end }: Range,
): Promise<MapsOfRange & { readonly next?: number }> {
  const first = await control.maps(id, ordinal, start, start + 1);
  const [rows = 0, ...shape] = first.maps.shape;
  if (rows === 0) throw new XaigridError('MAP_NOT_FOUND', `This evaluation has no sample ${start}.`);
  const most = Math.max(1, Math.min(MOST_MAPS, Math.floor(MOST_BYTES / (4 * sizeOf(shape)))));
  const stop = Math.min(end, start + most);
  const { maps, degenerate, next } = stop === start + 1 ? first : await control.maps(id, ordinal, start, stop);
  return { maps, degenerate, ...(next === undefined || next >= end ? {} : { next }) };
}
