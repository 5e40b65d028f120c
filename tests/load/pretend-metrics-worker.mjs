/** The metrics worker as it is, but for the computation; a shard takes PRETEND_MS milliseconds. */
import '../../libs/engine/source-loader/register.mjs';
import { startScoreService } from '@xaigrid/metrics-worker';
import { runWorkerProcess } from '@xaigrid/service';

const { pretendToScore } = await import('./pretend.ts');
const score = pretendToScore(Number(process.env.PRETEND_MS ?? 0));

await runWorkerProcess({
  name: 'pretend-metrics-worker',
  summary: 'takes score shards and only pretends to score.',
  version: 'none',
  start: (parts) => startScoreService({ ...parts, score }),
});
