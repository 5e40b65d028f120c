import { operations } from '@xaigrid/contracts';
import type { HttpApp, HttpParts } from '../http-app.js';
import { serveOperation } from '../serve-operation.js';
import { PLAN_LIMIT } from '../submitted-plan.js';

/** What a plan would find stored, what nobody needs any more, and how the store is. */
export function addMaintenanceRoutes(app: HttpApp, { control }: HttpParts): void {
  serveOperation(app, operations.reuse, async ({ body }) => ({ reuse: await control.reuse(body) }), { bodyLimit: PLAN_LIMIT });
  serveOperation(app, operations.collectGarbage, ({ body }) => control.collectGarbage(body));
  serveOperation(app, operations.storeHealth, () => control.health());
}
