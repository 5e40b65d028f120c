export { explainShard, type ComputingContext, type ExplainedShard } from './explain-shard.js';
export { scoreShard, type ScoredShard } from './score-shard.js';
