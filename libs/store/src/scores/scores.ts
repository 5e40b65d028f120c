import type { Retry } from '../connection/retry.js';
import { countByKey, missingSamples } from '../samples/sample-sets.js';
import { firstOrThese } from '../samples/samples-asked.js';
import type { Database } from '../sql/prisma.js';
import type { ScoreRepository } from '../store.js';

export function createScoreRepository(database: Database, retry: Retry): ScoreRepository {
  return {
    countStored: (keys, samples) => retry(() => countByKey(database, { table: 'score', keys, ...firstOrThese(samples) })),
    missing: (scoreSetIds, start, end, only) =>
      retry(async () => {
        const missing: Int32Array<ArrayBuffer>[] = [];
        for (const set of scoreSetIds) missing.push(await missingSamples(database, { table: 'score', set, start, end, only }));
        return missing;
      }),
  };
}
