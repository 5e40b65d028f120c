import { toXaigridError, XaigridError } from '@xaigrid/contracts';

/** How long a worker takes nothing after its first refusal of a task; twice as long after each further one. */
const FIRST_REST_MS = 6_000;

/**
 * Refuses work that this process would do differently than the run was planned. Another attempt may reach a worker of the right version,
 * as while a cluster is upgraded; without one the shard fails with this sentence when its attempts are used up.
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
 * Milliseconds that a worker rests after it refused a task that others may do. One that went on at once would draw all tasks to itself, and
 * be there again, idle, when the one that it refused comes back.
 */
export function restAfterRefusal(error: unknown, attempt: number): number {
  return toXaigridError(error).code === 'VERSION_MISMATCH' ? FIRST_REST_MS * 2 ** (attempt - 1) : 0;
}
