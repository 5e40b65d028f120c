export { requireAlgorithmVersion, restAfterRefusal } from './algorithm-version.js';
export { classesByPolicy, type SamplesWithOutputs } from './class-policy.js';
export { connectionVariables, connectQueue, connectStore } from './connections.js';
export { deadLetterRecorder, outageLogger, retryLogger } from './dead-letters.js';
export { createEngineSlots, type EngineLease, type EngineSlots, type Prepared } from './engine-slots.js';
export {
  defaultThreads,
  describeVariables,
  readEnvironment,
  secretVariables,
  variables,
  type Environment,
  type VariableName,
} from './environment.js';
export { createFileCache, type FileCache } from './file-cache.js';
export { createLogger, silentLogger, type Logger } from './logger.js';
export { createLruCache, type LruCache } from './lru-cache.js';
export { modelFingerprint } from './model-fingerprint.js';
export { createModelsAndDatasets, type ModelsAndDatasets } from './models-and-datasets.js';
export { runProcess, type ProcessOptions } from './process.js';
export { isOutage, isRetryable } from './retryable.js';
export { createProgressAnnouncer } from './run-progress.js';
export { aborted, listenForShutdown, stayUntilAborted, type Shutdown } from './shutdown.js';
export { untilReachable } from './until-reachable.js';
export { cacheFolder, homeFolder, ourSurroundings, userFolder, type Surroundings } from './user-folders.js';
export { whileClaimed } from './while-claimed.js';
export { runWorkerProcess, type WorkerParts, type WorkerProcessOptions } from './worker-process.js';
