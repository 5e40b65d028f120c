export type { AttemptOptions } from './attempts.js';
export type { JetStreamQueueOptions, NatsAuthentication, NatsTls } from './jetstream/options.js';
export { createJetStreamQueue } from './jetstream/open-jetstream-queue.js';
export { isQueueAway } from './jetstream/unreachable.js';
export { createMemoryQueue, type MemoryQueueOptions } from './memory/create-memory-queue.js';
export type { NoticeListener } from './notice.js';
export type {
  ConsumeOptions,
  Consumer,
  DeadLetter,
  Delivery,
  Mending,
  QueueDepth,
  StageTraffic,
  WorkQueue,
} from './work-queue.js';
