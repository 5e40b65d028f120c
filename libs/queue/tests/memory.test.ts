import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { createMemoryQueue, type MemoryQueueOptions, type WorkQueue } from '../src/index.js';
import { createDuplicates } from '../src/memory/duplicates.js';
import { createFifo } from '../src/memory/fifo.js';
import { gate, record, taskNumber, tasksNumbered, until } from './recorder.js';

const queues: WorkQueue[] = [];
afterEach(() => Promise.all(queues.splice(0).map((queue) => queue.close())));

function open(options: MemoryQueueOptions = {}): WorkQueue {
  const queue = createMemoryQueue(options);
  queues.push(queue);
  return queue;
}

describe('backpressure', () => {
  it('lets a publisher wait while the stage is full, and go on as tasks are taken', async () => {
    const queue = open({ capacity: 10 });
    let published = false;
    const publishing = queue.publish(tasksNumbered(25)).then(() => (published = true));
    await delay(20);
    expect(published).toBe(false);
    expect((await queue.depth('explain')).waiting).toBe(10);
    const { deliveries, shards } = await record(queue);
    await publishing;
    await until(() => deliveries.length === 25, 'all came');
    expect(shards()).toEqual(Array.from({ length: 25 }, (_, index) => index));
  });

  it('holds each stage for itself', async () => {
    const queue = open({ capacity: 1 });
    await queue.publish([{ task: taskNumber(1) }, { task: taskNumber(1, { stage: 'score' }) }]);
    expect((await queue.depth('score')).waiting).toBe(1);
  });

  it('is over for a publisher when the queue closes', async () => {
    const queue = open({ capacity: 1 });
    const publishing = queue.publish(tasksNumbered(2));
    await Promise.all([queue.close(), expect(publishing).rejects.toMatchObject({ code: 'QUEUE_UNREACHABLE' })]);
  });

  it('is over for a publisher when a run is discarded', async () => {
    const queue = open({ capacity: 2 });
    const publishing = queue.publish(tasksNumbered(4));
    await until(async () => (await queue.depth('explain')).waiting === 2, 'the stage is full');
    await queue.discard('run');
    await publishing;
    expect((await queue.depth('explain')).waiting).toBe(2);
  });

  it('never ends for a capacity below 1, which is refused', () => {
    expect(() => createMemoryQueue({ capacity: 0 })).toThrow("The queue's capacity is 0; it must be at least 1.");
  });
});

it('leaves no timer behind after close', async () => {
  const queue = open({ retryDelaysMs: [600_000] });
  const { deliveries } = await record(queue, { handle: () => Promise.reject(new Error('again, much later')) });
  await queue.publish(tasksNumbered(5));
  await until(() => deliveries.length === 5, 'all wait for another attempt');
  await until(async () => (await queue.depth('explain')).waiting === 5, 'all wait for another attempt');
  const timers = (): number => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
  const before = timers();
  await queue.close();
  expect(before - timers()).toBeGreaterThanOrEqual(5);
});

it('gives timers their turn while handlers never leave the microtask queue', async () => {
  const queue = open();
  let handled = 0;
  let handledWhenTimerFired = Infinity;
  setTimeout(() => (handledWhenTimerFired = handled), 0);
  await queue.publish(tasksNumbered(50_000));
  await record(queue, {
    handle: () => {
      handled += 1;
      return Promise.resolve();
    },
  });
  await until(() => handled === 50_000, 'all are done');
  expect(handledWhenTimerFired).toBeLessThan(50_000);
});

it('carries 100 000 tasks', async ({ annotate }) => {
  const queue = open();
  const from = performance.now();
  let handled = 0;
  const { passed, open: done } = gate();
  await queue.consume({
    stage: 'explain',
    concurrency: 4,
    handle: () => {
      if (++handled === 100_000) done();
      return Promise.resolve();
    },
    onDeadLetter: () => Promise.resolve(),
  });
  await queue.publish(tasksNumbered(100_000));
  await passed;
  // No assertion, since machines differ.
  await annotate(`${((performance.now() - from) / 100).toFixed(2)} µs a task, publishing included`);
});

describe('createFifo', () => {
  it('gives back in order across its internal moves, like an array', () => {
    const fifo = createFifo<number>();
    const array: number[] = [];
    let next = 0;
    // A fixed mixture of growing and shrinking, long enough to pass the compaction several times.
    for (let step = 0; step < 30_000; step += 1) {
      if ((step * 7919) % 10 < (step % 20_000 < 10_000 ? 7 : 3)) {
        fifo.push(next);
        array.push(next++);
      } else {
        expect(fifo.shift()).toBe(array.shift());
      }
    }
    fifo.keep((item) => item % 3 === 0);
    const rest = array.filter((item) => item % 3 === 0);
    expect(fifo.length()).toBe(rest.length);
    for (const item of rest) expect(fifo.shift()).toBe(item);
    expect(fifo.shift()).toBeUndefined();
    expect(fifo.length()).toBe(0);
  });
});

describe('createDuplicates', () => {
  it('remembers an id for the window only', () => {
    let time = 0;
    const duplicates = createDuplicates({ windowMs: 100, now: () => time });
    expect(duplicates.seen('a')).toBe(false);
    time = 99;
    expect(duplicates.seen('a')).toBe(true);
    expect(duplicates.seen('b')).toBe(false);
    time = 100;
    expect(duplicates.seen('a')).toBe(false);
    expect(duplicates.seen('b')).toBe(true);
  });
});
