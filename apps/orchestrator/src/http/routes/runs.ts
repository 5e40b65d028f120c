import {
  fileToShare,
  runChangesSchema,
  runDetailsSchema,
  runListQuerySchema,
  runStates,
  runSummarySchema,
  submissionSchema,
  tagSchema,
  type RunSubmission,
  runsAnswerSchema,
} from '@xaigrid/contracts';
import { z } from 'zod';
import type { HttpApp, HttpParts } from '../http-app.js';
import { receiveSpec } from '../receive-spec.js';
import { listOf, runParamsSchema, wholeNumber, withoutAbsent } from '../requests.js';
import type { SpecFolder } from '../spec-folder.js';
import { assertUploaded, checkSubmission, filesOf, PLAN_LIMIT, withoutFilePaths } from '../submitted-plan.js';
import { abortedWhenGone } from '../client-gone.js';

const exampleSpec = `name: first
limit: 4
datasets:
  mnist1d: { kind: mnist1d, split: test }
models:
  cnn: { path: mnist1d-cnn/model.json }
evaluations:
  - dataset: mnist1d
    model: cnn
    explainers: [{ method: sise }]
    metrics: [{ metric: drop-increase, keepFractions: [0.3] }]
`;

const specBodySchema = z.object({
  spec: z
    .union([z.string().max(1_048_576), z.record(z.string(), z.unknown())])
    .meta({ description: 'A spec as YAML text, or as an object; planned by the orchestrator.', examples: [exampleSpec] }),
});

/** Starts, lists, shows, cancels, resumes and removes runs. */
export function addRunRoutes(app: HttpApp, { control, artifacts }: HttpParts, specFolder: SpecFolder | undefined): void {
  app.post(
    '/v1/runs',
    {
      bodyLimit: PLAN_LIMIT,
      schema: {
        ...{ operationId: 'submitRun', tags: ['runs'] },
        summary: 'Starts a run from a spec, or from a plan whose files were uploaded as artifacts.',
        body: z.union([specBodySchema, submissionSchema]),
        response: { 201: runSummarySchema },
      },
    },
    async (request, reply) => {
      const { body } = request;
      const submission = 'spec' in body ? await planHere(body.spec, abortedWhenGone(reply)) : await accept(body);
      const run = await control.submit(submission);
      return reply.code(201).header('location', `/v1/runs/${run.id}`).send(run);
    },
  );

  async function planHere(spec: z.output<typeof specBodySchema>['spec'], signal: AbortSignal): Promise<RunSubmission> {
    const { submission, files } = await receiveSpec(spec, {
      signal,
      ...(specFolder === undefined ? {} : { folder: specFolder }),
    });
    await control.shareFiles(files.flatMap((local) => fileToShare(local) ?? []));
    return submission;
  }

  async function accept(submission: RunSubmission): Promise<RunSubmission> {
    checkSubmission(submission);
    await assertUploaded(filesOf(submission), artifacts);
    return {
      ...submission,
      evaluations: submission.evaluations.map((evaluation) => ({ ...evaluation, plan: withoutFilePaths(evaluation.plan) })),
    };
  }

  app.get(
    '/v1/runs',
    {
      schema: {
        ...{ operationId: 'listRuns', tags: ['runs'], summary: 'The latest runs, newest first.' },
        querystring: z.object({
          limit: wholeNumber('How many at most; default 20.', { min: 1, max: 1_000 }).optional(),
          search: z
            .string()
            .max(200)
            .optional()
            .meta({ description: 'Words that a run has in its id, name, state, note, tags, data sets, models or methods.' }),
          tags: listOf({ description: 'Tags that a run has, all of them.', item: tagSchema, most: 50 }).optional(),
          states: listOf({ description: 'States, one of which the run is in.', item: z.enum(runStates) }).optional(),
        }),
        response: { 200: runsAnswerSchema },
      },
    },
    async (request) => ({ runs: await control.list(runListQuerySchema.parse(withoutAbsent(request.query))) }),
  );

  app.get(
    '/v1/runs/:id',
    {
      schema: {
        ...{ operationId: 'showRun', tags: ['runs'], summary: 'One run: its spec, evaluations, progress, counters, failures.' },
        ...{ params: runParamsSchema, response: { 200: runDetailsSchema } },
      },
    },
    (request) => control.show(request.params.id),
  );

  app.patch(
    '/v1/runs/:id',
    {
      schema: {
        ...{
          operationId: 'editRun',
          tags: ['runs'],
          summary: 'Changes name, note and tags of a run; nothing that was computed.',
        },
        ...{ params: runParamsSchema, body: runChangesSchema, response: { 200: runSummarySchema } },
      },
    },
    (request) => control.edit(request.params.id, request.body),
  );

  app.post(
    '/v1/runs/:id/cancel',
    {
      schema: {
        ...{ operationId: 'cancelRun', tags: ['runs'], summary: 'Ends a run early; what is stored stays.' },
        ...{ params: runParamsSchema, response: { 200: runSummarySchema } },
      },
    },
    (request) => control.cancel(request.params.id),
  );

  app.post(
    '/v1/runs/:id/resume',
    {
      schema: {
        ...{ operationId: 'resumeRun', tags: ['runs'], summary: 'Goes on with a run that was interrupted, cancelled or failed.' },
        params: runParamsSchema,
        body: z
          .strictObject({ retryFailed: z.boolean().default(false).meta({ description: 'Try failed shards once more.' }) })
          .nullish(),
        response: { 200: runSummarySchema },
      },
    },
    (request) => control.resume(request.params.id, { retryFailed: request.body?.retryFailed ?? false }),
  );

  app.delete(
    '/v1/runs/:id',
    {
      schema: {
        ...{ operationId: 'removeRun', tags: ['runs'] },
        summary: 'Forgets a run that is not under way; its maps and scores stay until garbage is collected.',
        ...{ params: runParamsSchema, response: { 204: z.null() } },
      },
    },
    async (request, reply) => {
      await control.remove(request.params.id);
      return reply.code(204).send(null);
    },
  );
}
