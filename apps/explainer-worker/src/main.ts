import { XAIGRID_VERSION } from '@xaigrid/contracts';
import { runWorkerProcess } from '@xaigrid/service';
import { startExplainService } from './explain-service.js';

await runWorkerProcess({
  name: 'xaigrid-explainer-worker',
  summary: 'takes explain shards, draws explanation maps and stores them.',
  version: XAIGRID_VERSION,
  start: startExplainService,
});
