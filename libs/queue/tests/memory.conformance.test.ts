import { createMemoryQueue } from '../src/index.js';
import { describeWorkQueue } from './conformance.js';
import { record, until } from './recorder.js';

describeWorkQueue('memory', {
  open: () => Promise.resolve(createMemoryQueue({ maxAttempts: 3, retryDelaysMs: [200] })),
  // Deliveries in hand need no lease: any time will do for "longer than the lease".
  leaseMs: 100,
  discards: () => true,
  // Nobody dies in the same process and leaves the queue alive; the nearest is a handler that hangs while its consumer stops.
  async takeAndDie(queue) {
    const { consumer, deliveries } = await record(queue, { handle: () => new Promise(() => undefined) });
    await until(() => deliveries.length === 1, 'it has the task');
    await consumer.stop();
  },
});
