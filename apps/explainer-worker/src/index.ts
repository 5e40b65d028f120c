export { explainShard, type ExplainContext, type ExplainedShard } from './explain-shard.js';
export { startExplainService, type ExplainServiceOptions } from './explain-service.js';
