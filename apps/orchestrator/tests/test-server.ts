import { silentLogger } from '@xaigrid/service';
import { afterEach } from 'vitest';
import { createHttpServer, type HttpServerOptions } from '../src/http/create-server.js';
import type { HttpApp } from '../src/http/http-app.js';
import { createFakeControl, type FakeControl } from './fake-control.js';

export interface TestServer extends FakeControl {
  readonly app: HttpApp;
  /** What the queue says of itself. */
  readonly queue: { healthy: boolean };
}

const opened: HttpApp[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((app) => app.close()));
});

/** The real API over the fake run control; closed after the test. */
export async function startTestServer(options: Partial<HttpServerOptions> = {}): Promise<TestServer> {
  const fake = createFakeControl();
  const queue = { healthy: true };
  const app = await createHttpServer({
    control: fake.control,
    artifacts: fake.artifacts,
    queue: {
      healthy: () => queue.healthy,
      depth: (stage) => Promise.resolve({ waiting: stage === 'explain' ? 5 : 0, inProgress: 2 }),
      deadLetters: () => Promise.resolve(7),
    },
    metrics: {
      runs: () => Promise.resolve({ running: 2, done: 3 }),
      shards: () => Promise.resolve({ planned: 4, scored: 6 }),
      work: () => Promise.resolve({ total: 90, open: 60, computed: 25 }),
      mended: () => ({ republishedShards: 3, removedMessages: 5, rebuiltConsumers: 1 }),
    },
    logger: silentLogger(),
    filePath: ({ sha256 }) => Promise.resolve(`/nowhere/${sha256}`),
    ...options,
  });
  opened.push(app);
  return { ...fake, app, queue };
}

/** Where it listens. */
export function portOf(app: HttpApp): number {
  const address = app.server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
