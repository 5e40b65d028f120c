import type { Readable } from 'node:stream';
import { z } from 'zod';
import { progressEventStream, type EventStreamOptions } from '../event-stream.js';
import type { HttpApp, HttpParts } from '../http-app.js';
import type { ProgressHub } from '../progress-hub.js';
import { runParamsSchema } from '../requests.js';

const eventsSchema = z.custom<Readable>().meta({ type: 'string' });

/** A run's progress as it happens. */
export function addEventRoute(app: HttpApp, { control }: HttpParts, hub: ProgressHub, options: EventStreamOptions = {}): void {
  app.get(
    '/v1/runs/:id/events',
    {
      // How long a client watches says nothing about the server.
      config: { untimed: true },
      schema: {
        ...{ operationId: 'events', tags: ['runs'], summary: 'Progress of a run as server-sent events.' },
        description:
          'Events `progress` while the run is under way and `end` when it is over; the data of both is {state, progress}. ' +
          'A stream that ends without `end` was cut: connect again.',
        params: runParamsSchema,
        response: {
          200: { description: 'Events until the run is over.', content: { 'text/event-stream': { schema: eventsSchema } } },
        },
      },
    },
    async (request, reply) => {
      const { id } = await control.show(request.params.id);
      return reply
        .type('text/event-stream; charset=utf-8')
        .header('cache-control', 'no-store')
        .header('x-accel-buffering', 'no')
        .send(progressEventStream(hub, id, options));
    },
  );
}
