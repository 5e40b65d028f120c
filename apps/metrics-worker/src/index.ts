export { scoreShard, type ScoreContext, type ScoredShard } from './score-shard.js';
export { startScoreService, type ScoreServiceOptions } from './score-service.js';
