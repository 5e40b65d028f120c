import { operations, type CatalogAnswer } from '@xaigrid/contracts';
import { catalogue } from '@xaigrid/planning';
import type { HttpApp, HttpParts } from '../http-app.js';
import { serveOperation } from '../serve-operation.js';
import { PLAN_LIMIT } from '../submitted-plan.js';

/** It does not change while the process runs. */
let catalog: CatalogAnswer | undefined;

/** The routes of what a plan would find stored, of garbage collection, of the catalogue, and of the store's health. */
export function addMaintenanceRoutes(app: HttpApp, { control, grafana }: HttpParts): void {
  serveOperation(app, operations.reuse, async ({ body }) => ({ reuse: await control.reuse(body) }), { bodyLimit: PLAN_LIMIT });
  serveOperation(app, operations.collectGarbage, ({ body }) => control.collectGarbage(body));
  serveOperation(app, operations.catalog, () => (catalog ??= operations.catalog.answer.parse(catalogue())));
  serveOperation(app, operations.activity, async () => ({
    ...(await control.activity()),
    ...(grafana === undefined ? {} : { grafana }),
  }));
  serveOperation(app, operations.storeHealth, () => control.health());
}
