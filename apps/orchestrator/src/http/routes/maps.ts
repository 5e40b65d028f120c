import { assertNotEmpty, operations, XaigridError } from '@xaigrid/contracts';
import type { MapsOfRange, RunControl } from '@xaigrid/control';
import { encodeNpy, sizeOf } from '@xaigrid/tensor';
import type { HttpApp, HttpParts } from '../http-app.js';
import { serveOperation } from '../serve-operation.js';

/** The most maps in one answer, so that memory stays bounded. Further requests fetch the rest. */
const MOST_MAPS = 1_000;
const MOST_BYTES = 32 * 1024 * 1024;
const MOST_RECORDS = 10_000;

const npy = 'application/octet-stream';

/** The routes of explanation maps and their samples, as .npy. */
export function addMapRoutes(app: HttpApp, { control }: HttpParts): void {
  serveOperation(app, operations.maps, async ({ params: { id, ordinal }, query, reply }) => {
    assertNotEmpty(query);
    const { maps, degenerate, next } = await boundedMaps(control, { id, ordinal, ...query });
    if (next !== undefined) void reply.header('x-next-start', String(next));
    return reply
      .type(npy)
      .header('x-degenerate', degenerate.map((flag) => (flag ? '1' : '0')).join(''))
      .send(Buffer.from(encodeNpy(maps).buffer));
  });

  serveOperation(app, operations.mapRecords, async ({ params: { id, ordinal }, query }) => {
    assertNotEmpty(query);
    const { start, end } = query;
    const stop = Math.min(end, start + MOST_RECORDS);
    const records = await control.mapRecords(id, ordinal, start, stop);
    return { records, ...(stop < end ? { next: stop } : {}) };
  });

  serveOperation(app, operations.sample, async ({ params: { id, ordinal, index }, reply }) => {
    const { input, label, labels } = await control.sample(id, ordinal, index);
    if (labels !== undefined) void reply.header('x-labels', labels.join(','));
    return reply
      .type(npy)
      .header('x-label', String(label))
      .send(Buffer.from(encodeNpy(input).buffer));
  });

  serveOperation(app, operations.region, async ({ params: { id, ordinal, index }, reply }) =>
    reply.type(npy).send(Buffer.from(encodeNpy(await control.region(id, ordinal, index)).buffer)),
  );

  serveOperation(
    app,
    operations.askModel,
    ({ params: { id, ordinal, index: sampleIndex }, body }) => control.askModel(id, { ordinal, sampleIndex }, body),
    { config: { rateLimit: { max: QUESTIONS_A_MINUTE, timeWindow: '1 minute' } } },
  );
}

/** The questions to models that one address may ask per minute. The page asks at most four a second. */
const QUESTIONS_A_MINUTE = 300;

interface Range {
  readonly id: string;
  readonly ordinal: number;
  readonly start: number;
  readonly end: number;
}

/** As many maps from `start` on as one answer may hold. The first map tells how large they are. */
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
