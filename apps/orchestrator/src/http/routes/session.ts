import { operations, XaigridError } from '@xaigrid/contracts';
import type { Guard } from '../access.js';
import type { HttpApp } from '../http-app.js';
import { serveOperation } from '../serve-operation.js';

/** The routes by which a page begins and ends a session, and learns what it may do. Without a token there is nothing to begin. */
export function addSessionRoutes(app: HttpApp, guard: Guard | undefined): void {
  serveOperation(app, operations.session, ({ request }) => ({ role: request.accessRole ?? 'reader' }));

  serveOperation(app, operations.beginSession, async ({ body, request, reply }) => {
    if (guard !== undefined) {
      const sessions = guard.sessionsOf(body.token);
      if (sessions === undefined) {
        await guard.countWrongToken(request);
        throw new XaigridError(
          'UNAUTHORIZED',
          'This is not the token of the orchestrator. It is what XAIGRID_TOKEN has there, or XAIGRID_READ_TOKEN.',
        );
      }
      void reply.header('set-cookie', sessions.begin(request));
    }
    return null;
  });

  serveOperation(app, operations.endSession, ({ request, reply }) => {
    if (guard !== undefined) void reply.header('set-cookie', guard.endSession(request));
    return null;
  });
}
