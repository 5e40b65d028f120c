import { Readable } from 'node:stream';
import { operations } from '@xaigrid/contracts';
import { progressEventStream, type EventStreamOptions } from '../event-stream.js';
import type { HttpApp, HttpParts } from '../http-app.js';
import type { ProgressHub } from '../progress-hub.js';
import { serveOperation } from '../serve-operation.js';

/** The route of a run's progress as it happens. */
export function addEventRoute(app: HttpApp, { control }: HttpParts, hub: ProgressHub, options: EventStreamOptions = {}): void {
  serveOperation(
    app,
    operations.events,
    async ({ params, request, reply }) => {
      const { id } = await control.show(params.id);
      return reply
        .type('text/event-stream; charset=utf-8')
        .header('cache-control', 'no-store')
        .header('x-accel-buffering', 'no')
        .send(request.method === 'HEAD' ? Readable.from([]) : progressEventStream(hub, id, options));
    },
    // How long a client watches says nothing about the server.
    { config: { untimed: true } },
  );
}
