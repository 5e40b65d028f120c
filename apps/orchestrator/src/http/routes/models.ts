import { operations, XaigridError } from '@xaigrid/contracts';
import type { RunControl } from '@xaigrid/control';
import type { z } from 'zod';
import type { HttpApp, HttpParts } from '../http-app.js';
import { serveOperation } from '../serve-operation.js';

type Answer = z.output<typeof operations.modelQuality.answer>;

/** The most outputs of a model that are held in memory while an answer is computed: 256 MiB. */
const MOST_OUTPUTS = 2 ** 26;
/** Answers that are kept. Each is a megabyte at most. */
const MOST_KEPT = 16;

/** The route of how good a model is. */
export function addModelRoutes(app: HttpApp, { control }: HttpParts): void {
  const qualityOf = createQualities(control);
  serveOperation(app, operations.modelQuality, ({ params: { id, ordinal } }) => qualityOf(id, ordinal));
}

/**
 * Computes one answer at a time, so that memory stays bounded, and keeps the latest. An answer stays right as long as no further
 * prediction is stored.
 */
function createQualities(control: RunControl): (reference: string, ordinal: number) => Promise<Answer> {
  const kept = new Map<string, Promise<Answer>>();
  let last: Promise<unknown> = Promise.resolve();

  async function compute(run: Awaited<ReturnType<RunControl['show']>>, ordinal: number): Promise<Answer> {
    // Loaded with the first question, because it also draws reports.
    const { modelAnswer, readModelQuality, subjectsOf } = await import('@xaigrid/run-report');
    const evaluations = run.evaluations.filter((evaluation) => evaluation.ordinal === ordinal);
    const [subject] = subjectsOf([{ ...run, evaluations }]);
    if (subject === undefined)
      throw new XaigridError(
        'MAP_NOT_FOUND',
        `Run ${run.id} has no evaluation ${ordinal}; its evaluations are 0 to ${run.evaluations.length - 1}.`,
      );
    const quality = await readModelQuality(control, subject, { mostOutputs: MOST_OUTPUTS });
    return 'reason' in quality ? { reason: quality.reason } : { quality: modelAnswer(quality) };
  }

  return async (reference, ordinal) => {
    const run = await control.show(reference);
    const { storedPredictions } = await control.evaluation(run.id, ordinal);
    const key = `${run.id} ${ordinal} ${storedPredictions} ${run.state}`;
    const known = kept.get(key);
    if (known !== undefined) return known;
    const answer = last.then(() => compute(run, ordinal));
    last = answer.catch(() => kept.delete(key));
    kept.set(key, answer);
    for (const oldest of [...kept.keys()].slice(0, -MOST_KEPT)) kept.delete(oldest);
    return answer;
  };
}
