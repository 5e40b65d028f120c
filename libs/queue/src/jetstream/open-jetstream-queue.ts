import type { WorkQueue } from '../work-queue.js';
import type { JetStreamQueueOptions } from './options.js';

/**
 * Opens a work queue on NATS JetStream, as `create-jetstream-queue.ts` describes. The NATS client is loaded here, because
 * commands on their own store do not need it.
 */
export async function createJetStreamQueue(options: JetStreamQueueOptions): Promise<WorkQueue> {
  const module = await import('./create-jetstream-queue.js');
  return module.createJetStreamQueue(options);
}
