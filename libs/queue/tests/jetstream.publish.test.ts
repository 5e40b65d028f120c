import { afterAll, beforeAll, expect, it } from 'vitest';
import { createJetStreamQueue } from '../src/index.js';
import { startNatsServer, type NatsServer } from './nats-server.js';
import { record, tasksNumbered, until } from './recorder.js';

let server: NatsServer;
beforeAll(async () => {
  server = await startNatsServer();
});
afterAll(() => server.dispose());

it('publishes 10 000 tasks in order, each acknowledged, and delivers each of them', async ({ annotate }) => {
  const queue = await createJetStreamQueue({ servers: server.url, name: 'throughput' });
  const count = 10_000;
  const publishingFrom = performance.now();
  await queue.publish(tasksNumbered(count));
  const publishingMs = performance.now() - publishingFrom;
  expect((await queue.depth('explain')).waiting).toBe(count);

  const takingFrom = performance.now();
  const { deliveries, consumer } = await record(queue, { concurrency: 1 });
  await until(() => deliveries.length >= 500, 'the first came');
  const takingMs = performance.now() - takingFrom;
  await consumer.drain();
  const shards = deliveries.map(({ task }) => task.shardId);
  expect(shards).toEqual(Array.from({ length: shards.length }, (_, index) => index));

  const rest = await record(queue, { concurrency: 16 });
  await until(() => deliveries.length + rest.deliveries.length >= count, 'all came');
  expect(new Set([...shards, ...rest.shards()]).size).toBe(count);
  await queue.close();

  // For who wants to see; no assertion, since machines differ.
  const perSecond = (number: number, ms: number): number => Math.round((number / ms) * 1000);
  await annotate(`published ${perSecond(count, publishingMs)}/s; one slot took ${perSecond(500, takingMs)}/s`);
});
