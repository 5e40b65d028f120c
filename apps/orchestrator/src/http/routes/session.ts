import { operations, XaigridError } from '@xaigrid/contracts';
import type { Guard } from '../access.js';
import type { HttpApp } from '../http-app.js';
import { serveOperation } from '../serve-operation.js';

/** The routes by which a page begins and ends a session. Without a token there is nothing to begin. */
export function addSessionRoutes(app: HttpApp, guard: Guard | undefined): void {
  serveOperation(app, operations.beginSession, async ({ body, request, reply }) => {
    if (guard !== undefined) {
      if (!guard.isToken(body.token)) {
        await guard.countWrongToken(request);
        throw new XaigridError('UNAUTHORIZED', 'This is not the token of the orchestrator. It is what XAIGRID_TOKEN has there.');
      }
      void reply.header('set-cookie', guard.sessions.begin(request));
    }
    return null;
  });

  serveOperation(app, operations.endSession, ({ request, reply }) => {
    if (guard !== undefined) void reply.header('set-cookie', guard.sessions.end(request));
    return null;
  });
}
