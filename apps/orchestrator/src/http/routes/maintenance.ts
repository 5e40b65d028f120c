import { operations } from '@xaigrid/contracts';
import type { HttpApp, HttpParts } from '../http-app.js';
import { serveOperation } from '../serve-operation.js';
import { PLAN_LIMIT } from '../submitted-plan.js';

/** The routes of what a plan would find stored, of garbage collection, and of the store's health. */
export function addMaintenanceRoutes(app: HttpApp, { control }: HttpParts): void {
  serveOperation(app, operations.reuse, async ({ body }) => ({ reuse: await control.reuse(body) }), { bodyLimit: PLAN_LIMIT });
  serveOperation(app, operations.collectGarbage, ({ body }) => control.collectGarbage(body));
  serveOperation(app, operations.storeHealth, () => control.health());
}
