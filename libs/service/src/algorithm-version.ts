import { toXaigridError, XaigridError } from '@xaigrid/contracts';

/** How long a worker takes no task after its first refusal of one. Each further refusal doubles the time. */
const FIRST_REST_MS = 6_000;

/**
 * Refuses work whose algorithm this process has in another version than the run was planned with. While a cluster is upgraded,
 * another attempt may reach a worker of the right version. If none does, the shard fails with this sentence after its last
 * attempt.
 * @param version.doer the worker's part of the sentence, for example `draws sise maps`
 * @throws VERSION_MISMATCH
 */
export function requireAlgorithmVersion(version: {
  readonly doer: string;
  readonly ours: number;
  readonly wanted: number;
}): void {
  const { doer, ours, wanted } = version;
  if (ours === wanted) return;
  throw new XaigridError(
    'VERSION_MISMATCH',
    `This worker ${doer} of version ${ours}; the run needs version ${wanted}. Use the same version of xaigrid everywhere, then resume the run.`,
  );
}

/**
 * Milliseconds that a worker rests after it refused a task that other workers may do. Without the rest it would take all tasks,
 * and be idle again when a refused task returns to the queue.
 * @param attempt of the refused task, from 1
 */
export function restAfterRefusal(error: unknown, attempt: number): number {
  return toXaigridError(error).code === 'VERSION_MISMATCH' ? FIRST_REST_MS * 2 ** (attempt - 1) : 0;
}
