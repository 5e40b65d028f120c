export { startExplainService, type ExplainServiceOptions } from './explain-service.js';
