import type { WorkQueue } from '../work-queue.js';
import type { JetStreamQueueOptions } from './options.js';

/**
 * A work queue on NATS JetStream, as `create-jetstream-queue.ts` says. The client of NATS is loaded when a queue is opened: a command on its
 * own store has none.
 */
export async function createJetStreamQueue(options: JetStreamQueueOptions): Promise<WorkQueue> {
  const module = await import('./create-jetstream-queue.js');
  return module.createJetStreamQueue(options);
}
