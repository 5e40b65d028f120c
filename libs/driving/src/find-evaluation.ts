import { XaigridError } from '@xaigrid/contracts';
import type { EvaluationRecord, Store } from '@xaigrid/store';

/** An evaluation by its run and its position there. @throws RUN_NOT_FOUND, RUN_AMBIGUOUS, MAP_NOT_FOUND */
export async function findEvaluation(
  { runs }: Pick<Store, 'runs'>,
  reference: string,
  ordinal: number,
): Promise<EvaluationRecord> {
  const run = await runs.find(reference);
  const evaluations = await runs.evaluations(run.id);
  const evaluation = evaluations.find((candidate) => candidate.ordinal === ordinal);
  if (evaluation !== undefined) return evaluation;
  throw new XaigridError(
    'MAP_NOT_FOUND',
    `Run ${run.id} has no evaluation ${ordinal}; its evaluations are 0 to ${evaluations.length - 1}.`,
  );
}
