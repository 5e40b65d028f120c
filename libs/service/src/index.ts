export { requireAlgorithmVersion, restAfterRefusal } from './algorithm-version.js';
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
export { createMaterials, type Materials } from './materials.js';
export { modelFingerprint } from './model-fingerprint.js';
export { isPassing, isRetryable } from './retryable.js';
export { keepRecent, type Recent } from './recent.js';
export { createProgressAnnouncer } from './run-progress.js';
export { aborted, listenForShutdown, stayUntilAborted, type Shutdown } from './shutdown.js';
export { classesByPolicy, type SamplesWithOutputs } from './class-policy.js';
export { connectionVariables, connectQueue, connectStore } from './connections.js';
export { runProcess, type ProcessOptions } from './process.js';
export { runWorkerProcess, type WorkerParts, type WorkerProcessOptions } from './worker-process.js';
export { deadLetterRecorder, outageLogger, retryLogger } from './dead-letters.js';
export { cacheFolder, homeFolder, ourSurroundings, userFolder, type Surroundings } from './user-folders.js';
export { whileClaimed } from './while-claimed.js';
export { untilReachable } from './until-reachable.js';
