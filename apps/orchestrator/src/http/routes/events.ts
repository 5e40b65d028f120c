import { Readable } from 'node:stream';
import { runEventDataSchema } from '@xaigrid/contracts';
import { z } from 'zod';
import { progressEventStream, type EventStreamOptions } from '../event-stream.js';
import type { HttpApp, HttpParts } from '../http-app.js';
import type { ProgressHub } from '../progress-hub.js';
import { answerJsonSchema } from '../json-schema.js';
import { runParamsSchema } from '../requests.js';

/** One event, as readers of event streams get it: OpenAPI 3.1 has no word for all of them. */
const eventSchema = z.object({
  event: z.enum(['progress', 'end']),
  data: z.string().meta({ contentMediaType: 'application/json', contentSchema: answerJsonSchema(runEventDataSchema) }),
});

const eventsSchema = z.custom<Readable>().meta(answerJsonSchema(eventSchema));

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
          'Events `progress` while the run is under way and `end` when it is over; the data of both is {state, progress}, ' +
          'and waits when nothing has moved for some seconds and it is known why. ' +
          'A stream that ends without `end` was cut: connect again.',
        params: runParamsSchema,
        response: {
          200: {
            description: 'Events until the run is over; the schema is that of each.',
            content: { 'text/event-stream': { schema: eventsSchema } },
          },
        },
      },
    },
    async (request, reply) => {
      const { id } = await control.show(request.params.id);
      return reply
        .type('text/event-stream; charset=utf-8')
        .header('cache-control', 'no-store')
        .header('x-accel-buffering', 'no')
        .send(request.method === 'HEAD' ? Readable.from([]) : progressEventStream(hub, id, options));
    },
  );
}
