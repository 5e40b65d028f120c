import { operations, specJsonSchema, retryOf, XaigridError, type PlanAnswer } from '@xaigrid/contracts';
import { defaultThreads } from '@xaigrid/service';
import { abortedWhenGone } from '../client-gone.js';
import type { HttpApp, HttpParts } from '../http-app.js';
import { checkSpec, receiveSpec, type ReceiveOptions } from '../receive-spec.js';
import { serveOperation } from '../serve-operation.js';
import { specProblems } from '../spec-problems.js';
import { PLAN_LIMIT } from '../submitted-plan.js';

/** The routes of an editor of specs: their JSON Schema, what is stored, and what a spec would take. */
export function addSpecRoutes(
  app: HttpApp,
  { control, computesHere = false }: HttpParts,
  receiving: Omit<ReceiveOptions, 'signal'>,
): void {
  let last: Promise<unknown> = Promise.resolve();

  serveOperation(app, operations.specSchema, async () => {
    const { registries } = await import('@xaigrid/planning');
    return specJsonSchema(registries);
  });

  serveOperation(app, operations.storedInputs, () => control.storedInputs());

  serveOperation(
    app,
    operations.planSpec,
    async ({ body: { spec, textOnly }, reply }) => {
      const signal = abortedWhenGone(reply);
      if (textOnly === true) return problemsIn(() => checkSpec(spec).then(() => ({ problems: [] })));
      // One at a time: models run through a few samples, and their passes may be timed.
      const answer = last.then(() => {
        signal.throwIfAborted();
        return problemsIn(() => planOf(spec, signal));
      });
      last = answer.catch(() => undefined);
      return answer;
    },
    { bodyLimit: PLAN_LIMIT },
  );

  async function planOf(spec: string, signal: AbortSignal): Promise<PlanAnswer> {
    const { estimateRun, reuseOf } = await import('@xaigrid/planning');
    return receiveSpec(spec, { ...receiving, signal }, async ({ submission, planned }) => {
      const stored = await reuseOf((asked) => control.reuse(asked), submission);
      const left = stored.map((one) => one.left);
      const { evaluations, untimed } = await estimateRun(planned, { threads: defaultThreads(), left, timed: computesHere });
      return {
        plan: {
          name: submission.name,
          notes: [...planned.notes, ...untimed],
          evaluations: stored.map(({ plan, reuse }, at) => {
            const { passes = { forward: 0, gradient: 0 }, flop = 0, seconds, bytes } = evaluations[at] ?? {};
            return {
              ...{ dataset: plan.dataset.name, model: plan.model.name, label: plan.label, samples: plan.samples },
              ...{ settings: plan.settings.length, storedMaps: reuse.storedMaps, storedScores: reuse.storedScores, passes, flop },
              ...(seconds === undefined || !computesHere ? {} : { seconds }),
              bytes: (bytes?.maps ?? 0) + (bytes?.predictions ?? 0) + (bytes?.scores ?? 0),
            };
          }),
        },
        problems: [],
      };
    });
  }
}

/** The answer, or the problems of the spec that prevent it. */
async function problemsIn(work: () => Promise<PlanAnswer>): Promise<PlanAnswer> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof XaigridError) || retryOf(error.code) === 'outage') throw error;
    return { problems: specProblems(error) };
  }
}
