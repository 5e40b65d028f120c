import { select, type Selection } from '@xaigrid/contracts';
import type { Statements } from '../sql/prisma.js';
import { readRunScoreSets } from './run-score-sets.js';

/**
 * The positions of a run's evaluations that a selection means: those with a matching setting.
 * @throws USAGE for a name that the run does not have
 */
export async function readSelectedEvaluations(queries: Statements, runId: string, selection: Selection): Promise<number[]> {
  const sets = select(await readRunScoreSets(queries, runId), selection, `Run ${runId}`);
  return [...new Set(sets.map(({ evaluation }) => evaluation))];
}
