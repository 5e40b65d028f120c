import { XAIGRID_VERSION } from '@xaigrid/contracts';
import { runWorkerProcess } from '@xaigrid/service';
import { startScoreService } from './score-service.js';

await runWorkerProcess({
  name: 'xaigrid-metrics-worker',
  summary: 'takes score shards, scores stored maps and stores the scores.',
  version: XAIGRID_VERSION,
  start: startScoreService,
});
