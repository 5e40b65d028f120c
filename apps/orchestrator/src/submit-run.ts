import { newRunId, XAIGRID_VERSION } from '@xaigrid/contracts';
import type { RunRecord, Store } from '@xaigrid/store';
import type { PlannedRun } from './plan/plan-run.js';

export interface Submission {
  readonly name: string;
  /** As the user wrote it, before variables were filled in. */
  readonly specText: string;
  readonly planned: PlannedRun;
}

/** Files above this stay where they are; only processes that see the same disk can use them. */
export const LARGEST_ARTIFACT = 256 * 1024 * 1024;

/**
 * Stores the run's files and its plan. Nothing is published: that is the driver's job.
 * @param options.shareFiles `required`: a file too large to travel is an error (cluster); `preferred`: it stays where it is.
 */
export async function submitRun(
  store: Store,
  submission: Submission,
  options: { readonly shareFiles: 'required' | 'preferred' },
): Promise<RunRecord> {
  for (const file of submission.planned.files) {
    if (file.path === undefined || (options.shareFiles === 'preferred' && file.size > LARGEST_ARTIFACT)) continue;
    await store.artifacts.putFile({ sha256: file.sha256, size: file.size, path: file.path });
  }
  return store.runs.create({
    id: newRunId(),
    name: submission.name,
    specText: submission.specText,
    versions: { xaigrid: XAIGRID_VERSION, node: process.version, platform: `${process.platform}-${process.arch}` },
    evaluations: submission.planned.evaluations,
  });
}
