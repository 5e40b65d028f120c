/** The explainer worker as it is, but for the computation; a shard takes PRETEND_MS milliseconds. */
import '../../libs/engine/source-loader/register.mjs';
import { startExplainService } from '@xaigrid/explainer-worker';
import { runWorkerProcess } from '@xaigrid/service';

const { pretendToExplain } = await import('./pretend.ts');
const explain = pretendToExplain(Number(process.env.PRETEND_MS ?? 0));

await runWorkerProcess({
  name: 'pretend-explainer-worker',
  summary: 'takes explain shards and only pretends to draw maps.',
  version: 'none',
  start: (parts) => startExplainService({ ...parts, explain }),
});
