import type { Database } from './prisma.js';
import type { Retry } from './retry.js';
import { countByKey, missingSamples } from './sample-sets.js';
import type { ScoreRepository } from './store.js';

export function createScoreRepository(database: Database, retry: Retry): ScoreRepository {
  return {
    countStored: (key, samples) => retry(() => countByKey(database, { table: 'score', key, samples })),
    missing: (scoreSetIds, start, end) =>
      retry(async () => {
        const missing: Int32Array<ArrayBuffer>[] = [];
        for (const set of scoreSetIds) missing.push(await missingSamples(database, { table: 'score', set, start, end }));
        return missing;
      }),
  };
}
