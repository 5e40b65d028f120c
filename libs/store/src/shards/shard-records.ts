import type { Shard } from '../generated/client.js';
import type { ShardRecord } from '../store.js';

export function shardRecord(shard: Shard): ShardRecord {
  return {
    id: Number(shard.id),
    runId: shard.runId,
    evaluationId: shard.evaluationId,
    start: shard.sampleStart,
    end: shard.sampleEnd,
    state: shard.state,
    attempts: { explain: shard.explainAttempts, score: shard.scoreAttempts },
  };
}
