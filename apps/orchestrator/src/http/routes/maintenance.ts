import { garbageReportSchema, submissionSchema, reuseAnswerSchema, storeHealthSchema } from '@xaigrid/contracts';
import { z } from 'zod';
import type { HttpApp, HttpParts } from '../http-app.js';
import { PLAN_LIMIT } from '../submitted-plan.js';

/** What a plan would find stored, what nobody needs any more, and how the store is. */
export function addMaintenanceRoutes(app: HttpApp, { control }: HttpParts): void {
  app.post(
    '/v1/reuse',
    {
      bodyLimit: PLAN_LIMIT,
      schema: {
        ...{ operationId: 'reuse', tags: ['runs'], summary: 'How much of a plan is stored already; nothing is started.' },
        body: submissionSchema.pick({ evaluations: true, choices: true }),
        response: { 200: reuseAnswerSchema },
      },
    },
    async (request) => ({ reuse: await control.reuse(request.body) }),
  );

  app.post(
    '/v1/gc',
    {
      schema: {
        ...{ operationId: 'collectGarbage', tags: ['maintenance'], summary: 'Removes, or only counts, what no run refers to.' },
        body: z.strictObject({ dryRun: z.boolean().meta({ description: 'Only count.' }) }),
        response: { 200: garbageReportSchema },
      },
    },
    (request) => control.collectGarbage(request.body),
  );

  app.get(
    '/v1/health',
    {
      schema: {
        ...{ operationId: 'storeHealth', tags: ['maintenance'], summary: 'One round trip to the store: its version and size.' },
        response: { 200: storeHealthSchema },
      },
    },
    () => control.health(),
  );
}
