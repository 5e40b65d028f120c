import { createHash } from 'node:crypto';
import { operations, XaigridError, type RunEvaluation } from '@xaigrid/contracts';
import { thumbnail, THUMBNAIL_VERSION } from '@xaigrid/report';
import type { HttpApp, HttpParts } from '../http-app.js';
import { serveOperation } from '../serve-operation.js';
import { createThumbnailCache, type ThumbnailCache } from '../thumbnail-cache.js';

/** Some ten thousand pictures. */
const MOST_BYTES = 256 * 1024 ** 2;
/** Runs whose evaluations are known: asking the store for each picture would take longer than to draw it. */
const KNOWN_RUNS = 100;

interface KnownRun {
  readonly id: string;
  readonly evaluations: readonly RunEvaluation[];
}

/** The route of small pictures for lists. They are made once and kept on disk, by what they show. */
export function addThumbnailRoutes(app: HttpApp, { control, pictures }: Pick<HttpParts, 'control' | 'pictures'>): void {
  const cache: ThumbnailCache =
    pictures === undefined ? { get: (_key, make) => make() } : createThumbnailCache({ mostBytes: MOST_BYTES, ...pictures });
  const known = new Map<string, Promise<KnownRun>>();

  /** A run's evaluations never change, so those of a full id are kept. */
  async function runOf(reference: string): Promise<KnownRun> {
    const found = known.get(reference);
    if (found !== undefined) return found;
    const reading = control.show(reference);
    known.set(reference, reading);
    const [oldest] = known.keys();
    if (known.size > KNOWN_RUNS && oldest !== undefined) known.delete(oldest);
    const { id } = await reading.catch((error: unknown) => {
      known.delete(reference);
      throw error;
    });
    if (id !== reference) known.delete(reference);
    return reading;
  }

  serveOperation(app, operations.thumbnail, async ({ params: { id: reference, ordinal, index }, query, request, reply }) => {
    const { id, evaluations } = await runOf(reference);
    const evaluation = evaluations.find((one) => one.ordinal === ordinal);
    if (evaluation === undefined)
      throw new XaigridError(
        'MAP_NOT_FOUND',
        `Run ${id} has no evaluation ${ordinal}; its evaluations are 0 to ${evaluations.length - 1}.`,
      );
    const { of = 'sample' } = query;
    const shown = of === 'map' ? [evaluation.mapSetKey] : [];
    const key = createHash('sha256')
      .update(JSON.stringify([THUMBNAIL_VERSION, evaluation.datasetFingerprint, ...shown, index]))
      .digest('hex');
    const tag = `"${key}"`;
    const data = await cache.get(key, async () => {
      const { input } = await control.sample(id, ordinal, index);
      if (input.shape.length !== 3)
        throw new XaigridError('USAGE', `Thumbnails are of images; sample ${index} has the shape [${input.shape.join(', ')}].`);
      if (of === 'sample') return thumbnail(input);
      const { maps } = await control.maps(id, ordinal, index, index + 1);
      return thumbnail(input, { shape: maps.shape.slice(1), data: maps.data });
    });
    void reply
      .type('image/png')
      .header('etag', tag)
      .header('cache-control', id === reference ? 'private, max-age=31536000, immutable' : 'private, no-cache');
    return request.headers['if-none-match'] === tag ? reply.code(304).send() : reply.send(Buffer.from(data));
  });
}
