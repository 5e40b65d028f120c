import type { Database } from '../sql/prisma.js';
import type { EvaluationRecord } from '../store.js';
import { evaluationInclude, evaluationRecord } from './run-records.js';

/** The number of cached evaluations: those of the active runs, some kilobytes each. */
const CAPACITY = 256;

/**
 * A cache of evaluations, which never change once written. Reading and checking an evaluation takes longer than everything else
 * about a small task.
 */
export interface EvaluationCache {
  /** The stored evaluations among the given ids, by id. */
  get(
    wanted: readonly { readonly evaluationId: number; readonly runId: string }[],
  ): Promise<ReadonlyMap<number, EvaluationRecord>>;
}

export function createEvaluationCache(database: Database): EvaluationCache {
  const kept = new Map<number, EvaluationRecord>();

  return {
    async get(wanted) {
      const found = new Map<number, EvaluationRecord>();
      const missing = new Set<number>();
      for (const { evaluationId, runId } of wanted) {
        const known = kept.get(evaluationId);
        // In a database that was created again, another run's evaluation may have the same id.
        if (known?.runId === runId) found.set(evaluationId, known);
        else missing.add(evaluationId);
      }
      if (missing.size === 0) return found;
      const rows = await database.evaluation.findMany({ where: { id: { in: [...missing] } }, include: evaluationInclude });
      for (const record of rows.map(evaluationRecord)) {
        found.set(record.id, record);
        kept.set(record.id, record);
      }
      // A map keeps its insertion order, so the oldest come first.
      for (const id of kept.keys()) {
        if (kept.size <= CAPACITY) break;
        kept.delete(id);
      }
      return found;
    },
  };
}
