import { fileToShare, operations, pathOf, runListQuerySchema, withoutAbsent, type RunSubmission } from '@xaigrid/contracts';
import type { RunControl } from '@xaigrid/control';
import type { HttpApp, HttpParts } from '../http-app.js';
import { receiveSpec, type ReceiveOptions } from '../receive-spec.js';
import { serveOperation, type Asked } from '../serve-operation.js';
import { assertUploaded, checkSubmission, filesOf, PLAN_LIMIT, withoutFilePaths } from '../submitted-plan.js';
import { abortedWhenGone } from '../client-gone.js';

type SubmittedBody = Asked<typeof operations.submitRun>['body'];

/** The routes that start, list, show, cancel, resume and remove runs. */
export function addRunRoutes(app: HttpApp, { control, artifacts }: HttpParts, receiving: Omit<ReceiveOptions, 'signal'>): void {
  serveOperation(
    app,
    operations.submitRun,
    async ({ body, reply }) => {
      const run = 'spec' in body ? await planHere(body.spec, abortedWhenGone(reply)) : await control.submit(await accept(body));
      void reply.header('location', pathOf(operations.showRun, { id: run.id }));
      return run;
    },
    { bodyLimit: PLAN_LIMIT },
  );

  async function planHere(
    spec: Extract<SubmittedBody, { spec: unknown }>['spec'],
    signal: AbortSignal,
  ): ReturnType<RunControl['submit']> {
    return receiveSpec(spec, { ...receiving, signal }, async ({ submission, files }) => {
      await control.shareFiles(files.flatMap((local) => fileToShare(local) ?? []));
      return control.submit(submission);
    });
  }

  async function accept(submission: RunSubmission): Promise<RunSubmission> {
    checkSubmission(submission);
    await assertUploaded(filesOf(submission), artifacts);
    return {
      ...submission,
      evaluations: submission.evaluations.map((evaluation) => ({ ...evaluation, plan: withoutFilePaths(evaluation.plan) })),
    };
  }

  serveOperation(app, operations.listRuns, async ({ query }) => ({
    runs: await control.list(runListQuerySchema.parse(withoutAbsent(query))),
  }));
  serveOperation(app, operations.showRun, ({ params }) => control.show(params.id));
  serveOperation(app, operations.editRun, ({ params, body }) => control.edit(params.id, body));
  serveOperation(app, operations.cancelRun, ({ params }) => control.cancel(params.id));
  serveOperation(app, operations.resumeRun, ({ params, body }) =>
    control.resume(params.id, { retryFailed: body?.retryFailed ?? false }),
  );
  serveOperation(app, operations.removeRun, async ({ params }) => {
    await control.remove(params.id);
    return null;
  });
}
