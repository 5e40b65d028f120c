import { setTimeout as delay } from 'node:timers/promises';
import { XaigridError } from '@xaigrid/contracts';

/**
 * How long a refusal takes. A worker that refused at once would draw all tasks to itself, away from those that can do them; one that
 * rests longer than a task does after its first refusals is not there when it comes back.
 */
const PAUSE_MS = 6_000;

/**
 * Refuses, after a pause, work that this process would do differently than the run was planned. Another attempt may reach a worker of
 * the right version, as while a cluster is upgraded; without one the shard fails with this sentence when its attempts are used up.
 * @param version.doer the worker's part of the sentence, for example `draws sise maps`
 * @throws VERSION_MISMATCH
 */
export async function requireAlgorithmVersion(
  version: { readonly doer: string; readonly ours: number; readonly wanted: number },
  signal: AbortSignal,
): Promise<void> {
  const { doer, ours, wanted } = version;
  if (ours === wanted) return;
  await pauseBeforeRefusal(signal);
  throw new XaigridError(
    'VERSION_MISMATCH',
    `This worker ${doer} of version ${ours}; the run wants version ${wanted}. Use the same version of xaigrid everywhere, then resume the run.`,
  );
}

export async function pauseBeforeRefusal(signal: AbortSignal): Promise<void> {
  await delay(PAUSE_MS, undefined, { signal });
}
