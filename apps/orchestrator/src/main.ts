import { XAIGRID_VERSION } from '@xaigrid/contracts';
import { runProcess } from '@xaigrid/service';
import { orchestratorVariables, serve } from './http/serve.js';

const name = 'xaigrid-orchestrator';

await runProcess({
  name,
  summary: 'plans runs, publishes their shards, follows and finishes them, and serves the HTTP API.',
  version: XAIGRID_VERSION,
  variables: orchestratorVariables,
  onTerminate: 'stop answering and driving, and exit; the next orchestrator continues the runs.',
  run: (shutdown) => serve(name, shutdown),
});
