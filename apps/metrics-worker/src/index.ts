export { startScoreService, type ScoreServiceOptions } from './score-service.js';
