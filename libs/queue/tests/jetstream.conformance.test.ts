import { afterAll, beforeAll, beforeEach } from 'vitest';
import { createJetStreamQueue } from '../src/index.js';
import { startChildWorker } from './child-worker.js';
import { describeWorkQueue } from './conformance.js';
import { startNatsServer, type NatsServer } from './nats-server.js';

const leaseMs = 1_200;
let server: NatsServer;
let test = 0;

beforeAll(async () => {
  server = await startNatsServer();
});
afterAll(() => server.dispose());
// Each test has streams of its own.
beforeEach(() => {
  test += 1;
});

describeWorkQueue('jetstream', {
  open: () =>
    createJetStreamQueue({
      servers: server.url,
      name: 'conformance',
      prefix: `TEST${test}`,
      ackWaitMs: leaseMs,
      maxAttempts: 3,
      retryDelaysMs: [200],
    }),
  leaseMs,
  // Not before 2.10.11: there a purge could take other runs' tasks along.
  discards: () => !/^2\.(\d|10\.(\d|10))(?!\d)/.test(server.version()),
  async takeAndDie() {
    const child = await startChildWorker({ server: server.url, prefix: `TEST${test}`, ackWaitMs: leaseMs });
    await child.kill();
  },
});
