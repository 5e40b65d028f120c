import { runSummarySchema, sha256, type RunSubmission } from '@xaigrid/contracts';
import { samplePlan } from '../../apps/orchestrator/tests/sample-submission.js';
import type { Cluster } from '../support/cluster.js';

export interface Load {
  readonly shards: number;
  readonly seed?: number;
  readonly priority?: number;
}

/** A file must be there for the run to be taken, though nobody reads it. */
const modelBytes = Buffer.from('no model: nothing is computed');
const modelHash = sha256(modelBytes);
const modelFile = { name: 'none.h5', sha256: modelHash, size: modelBytes.length };

/** To be put into the store before a run is submitted. */
const modelArtifact = { sha256: modelHash, size: modelBytes.length, path: modelFile.name, parts: [modelBytes] };

/** A run of so many shards of one sample each: shards are what is measured. Runs of different seeds share nothing. */
export function loadSubmission({ shards, seed = 0, priority = 0 }: Load): RunSubmission {
  const plan = samplePlan({ samples: shards, seed });
  return {
    ...{ name: `load of ${shards}`, priority, specText: 'name: load\n' },
    evaluations: [
      {
        plan: {
          ...plan,
          dataset: { ...plan.dataset, size: shards },
          model: { ...plan.model, files: [modelFile], fingerprint: sha256(modelHash) },
        },
        shardSize: 1,
      },
    ],
  };
}

/** Submits a run to the orchestrator, as `xaigrid run --server` does. @returns its id */
export async function submitLoad(cluster: Cluster, load: Load): Promise<string> {
  await cluster.store.artifacts.putFile(modelArtifact);
  const answer = await fetch(`${cluster.serverUrl()}/v1/runs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(loadSubmission(load)),
  });
  if (answer.status !== 201) throw new Error(`The run was refused: ${await answer.text()}`);
  return runSummarySchema.parse(await answer.json()).id;
}
