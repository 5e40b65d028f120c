import { setTimeout as delay } from 'node:timers/promises';
import { XaigridError, type RunEvent } from '@xaigrid/contracts';
import { afterEach, describe, expect, it } from 'vitest';
import type { WorkQueue } from '../src/index.js';
import { aborted, gate, record, taskNumber, tasksNumbered, until } from './recorder.js';

export interface Harness {
  /** A queue with 3 attempts, 200 ms between them, and, where there are leases, one of `leaseMs`. */
  readonly open: () => Promise<WorkQueue>;
  readonly leaseMs: number;
  /** Takes a task of stage `explain` and dies with it, without a word to the queue. */
  readonly takeAndDie: (queue: WorkQueue) => Promise<void>;
  /** Whether `discard` can drop waiting tasks. */
  readonly discards: () => boolean;
}

const retryDelayMs = 200;

/** What every adapter of the WorkQueue port does. */
export function describeWorkQueue(name: string, harness: Harness): void {
  describe(name, () => {
    const queues: WorkQueue[] = [];
    const open = async (): Promise<WorkQueue> => {
      const queue = await harness.open();
      queues.push(queue);
      return queue;
    };
    afterEach(async () => {
      await Promise.all(queues.splice(0).map((queue) => queue.close()));
    });

    it('delivers every task once when nothing goes wrong, as it was published', async () => {
      const queue = await open();
      await queue.publish(tasksNumbered(200));
      const { deliveries, shards } = await record(queue, { concurrency: 8 });
      await until(() => deliveries.length >= 200, 'all tasks came');
      await delay(50);
      expect(shards()).toEqual(Array.from({ length: 200 }, (_, index) => index));
      expect(deliveries.every(({ attempt }) => attempt === 1)).toBe(true);
      expect(deliveries.find(({ task }) => task.shardId === 7)?.task).toEqual(taskNumber(7));
      await until(async () => (await queue.depth('explain')).inProgress === 0, 'all are acknowledged');
      expect(await queue.depth('explain')).toEqual({ waiting: 0, inProgress: 0 });
    });

    it('delivers what is published while consumers wait', async () => {
      const queue = await open();
      const { deliveries } = await record(queue);
      await delay(50);
      await queue.publish([{ task: taskNumber(1) }]);
      await until(() => deliveries.length === 1, 'the task came');
    });

    it('keeps the stages apart', async () => {
      const queue = await open();
      await queue.publish([{ task: taskNumber(1) }, { task: taskNumber(2, { stage: 'score' }) }]);
      const explain = await record(queue);
      const score = await record(queue, { stage: 'score' });
      await until(() => explain.deliveries.length + score.deliveries.length === 2, 'both came');
      expect(explain.shards()).toEqual([1]);
      expect(score.shards()).toEqual([2]);
    });

    it('handles no more tasks at a time than its concurrency', async () => {
      const queue = await open();
      let now = 0;
      let most = 0;
      const { deliveries } = await record(queue, {
        concurrency: 3,
        async handle() {
          most = Math.max(most, ++now);
          await delay(10);
          now -= 1;
        },
      });
      await queue.publish(tasksNumbered(20));
      await until(() => deliveries.length === 20 && now === 0, 'all are done');
      expect(most).toBe(3);
    });

    it('lets a handler publish to its own stage without exceeding the concurrency', async () => {
      const queue = await open();
      let now = 0;
      let most = 0;
      const { deliveries } = await record(queue, {
        async handle({ task }) {
          most = Math.max(most, ++now);
          if (task.shardId < 5) await queue.publish([{ task: taskNumber(task.shardId + 1) }]);
          now -= 1;
        },
      });
      await queue.publish([{ task: taskNumber(0) }]);
      await until(() => deliveries.length === 6 && now === 0, 'the chain is done');
      expect(most).toBe(1);
    });

    it('shares the work among several consumers', async () => {
      const queue = await open();
      const other = name === 'memory' ? queue : await open();
      const slow = { handle: () => delay(5) };
      const recorders = [await record(queue, slow), await record(other, slow), await record(queue, slow)];
      await queue.publish(tasksNumbered(60));
      await until(() => recorders.reduce((sum, { deliveries }) => sum + deliveries.length, 0) === 60, 'all came');
      for (const { deliveries } of recorders) expect(deliveries.length).toBeGreaterThan(5);
    });

    it('delivers a task again when the consumer that had it died', async () => {
      const queue = await open();
      await queue.publish([{ task: taskNumber(5) }]);
      await harness.takeAndDie(queue);
      const { deliveries } = await record(queue);
      await until(() => deliveries.length === 1, 'it came again');
      expect(deliveries[0]?.task).toEqual(taskNumber(5));
    });

    it('keeps a task for a handler that works longer than the lease', async () => {
      const queue = await open();
      const { deliveries } = await record(queue, { handle: () => delay(harness.leaseMs * 2.5) });
      const other = await record(queue);
      await queue.publish([{ task: taskNumber(1) }]);
      await until(() => deliveries.length + other.deliveries.length > 0, 'it came');
      // Where it landed on the quick one, there is nothing to see: send another.
      if (deliveries.length === 0) {
        await other.consumer.drain();
        await queue.publish([{ task: taskNumber(2) }]);
        await until(() => deliveries.length > 0, 'it came to the slow one');
      }
      await until(async () => (await queue.depth('explain')).inProgress === 0, 'it is done');
      await delay(harness.leaseMs * 1.5);
      expect(deliveries.map(({ attempt }) => attempt)).toEqual([1]);
      expect(deliveries[0]?.signal.aborted).toBe(false);
    });

    it('tries a failed task again after the delay, and no more often than allowed', async () => {
      const queue = await open();
      const times: number[] = [];
      const { deliveries, letters } = await record(queue, {
        handle: () => {
          times.push(performance.now());
          return Promise.reject(new XaigridError('ENGINE_FAILED', `failure ${times.length}`));
        },
      });
      await queue.publish([{ task: taskNumber(9) }]);
      await until(() => letters.length === 1, 'it became a dead letter');
      await delay(retryDelayMs * 2);
      expect(deliveries.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
      const [first = 0, second = 0, third = 0] = times;
      // Timers may fire up to a millisecond early.
      expect(Math.min(second - first, third - second)).toBeGreaterThanOrEqual(retryDelayMs - 2);
      expect(letters).toHaveLength(1);
      expect(letters[0]).toMatchObject({
        task: taskNumber(9),
        stage: 'explain',
        reason: 'attempts-exhausted',
        attempts: 3,
        error: { code: 'ENGINE_FAILED', message: 'failure 3' },
      });
      expect(JSON.parse(new TextDecoder().decode(letters[0]?.payload))).toEqual(taskNumber(9));
      await until(async () => (await queue.depth('explain')).inProgress === 0, 'it left the queue');
    });

    it('does others in the meantime', async () => {
      const queue = await open();
      const { deliveries } = await record(queue, {
        handle: ({ task, attempt }) =>
          task.shardId === 0 && attempt === 1 ? Promise.reject(new Error('first try')) : Promise.resolve(),
      });
      await queue.publish(tasksNumbered(3));
      await until(() => deliveries.length === 4, 'all came');
      expect(deliveries.map(({ task, attempt }) => `${task.shardId}/${attempt}`)).toEqual(['0/1', '1/1', '2/1', '0/2']);
    });

    it('makes a task a dead letter at once when its error cannot be mended', async () => {
      const queue = await open();
      const { deliveries, letters } = await record(queue, {
        handle: () => Promise.reject(new XaigridError('LAYER_NOT_FOUND', 'No such layer.')),
        isRetryable: (error) => !(error instanceof XaigridError && error.code === 'LAYER_NOT_FOUND'),
      });
      await queue.publish([{ task: taskNumber(1) }]);
      await until(() => letters.length === 1, 'it became a dead letter');
      expect(deliveries).toHaveLength(1);
      expect(letters[0]).toMatchObject({
        reason: 'refused',
        attempts: 1,
        error: { code: 'LAYER_NOT_FOUND', message: 'No such layer.' },
      });
    });

    it('counts the dead letters it keeps', async () => {
      const queue = await open();
      expect(await queue.deadLetters()).toBe(0);
      await record(queue, { handle: () => Promise.reject(new Error('never')), isRetryable: () => false });
      await queue.publish([{ task: taskNumber(1) }, { task: taskNumber(2) }]);
      await until(async () => (await queue.deadLetters()) === 2, 'both were kept');
    });

    it('counts no attempt while an outage lasts, however long', async () => {
      const queue = await open();
      const { deliveries, letters } = await record(queue, {
        isOutage: (error) => error instanceof XaigridError && error.code === 'DATABASE_UNREACHABLE',
        handle: () =>
          deliveries.length <= 6 ? Promise.reject(new XaigridError('DATABASE_UNREACHABLE', 'It is away.')) : Promise.resolve(),
      });
      await queue.publish([{ task: taskNumber(1) }]);
      await until(() => deliveries.length === 7, 'the outage is over');
      await until(async () => (await queue.tasksOf('run')).explain === 0, 'it is done');
      expect(deliveries.map(({ attempt }) => attempt)).toEqual([1, 1, 1, 1, 1, 1, 1]);
      expect(letters).toEqual([]);
    });

    it('leaves a task that it could not do to others, while it rests', async () => {
      const queue = await open();
      const refused: number[] = [];
      const retries: unknown[] = [];
      const refuser = await record(queue, {
        handle({ attempt }) {
          refused.push(attempt);
          return Promise.reject(new Error('not here'));
        },
        onRetry: ({ task, attempt, error }) => retries.push([task.shardId, attempt, String(error)]),
        restAfter: (error, attempt) => (error instanceof Error && error.message === 'not here' ? 60_000 * attempt : 0),
      });
      await queue.publish([{ task: taskNumber(1) }]);
      await until(() => refused.length === 1, 'it was refused');
      const other = await record(queue, {});
      await until(async () => (await queue.tasksOf('run')).explain === 0, 'another did it');
      expect(refused).toEqual([1]);
      expect(retries).toEqual([[1, 1, 'Error: not here']]);
      expect(other.deliveries.map(({ attempt }) => attempt)).toEqual([2]);
      // It need not rest to its end.
      await refuser.consumer.drain();
    });

    it('takes an error that is thrown before the first await like any other', async () => {
      const queue = await open();
      const { letters } = await record(queue, {
        handle: () => {
          throw new TypeError('synchronous');
        },
        isRetryable: () => false,
      });
      await queue.publish([{ task: taskNumber(1) }]);
      await until(() => letters.length === 1, 'it became a dead letter');
      expect(letters[0]?.error).toEqual({ code: 'INTERNAL', message: 'synchronous' });
    });

    it('offers a dead letter again until it is taken', async () => {
      const queue = await open();
      let offers = 0;
      const { letters } = await record(queue, {
        handle: () => Promise.reject(new Error('no')),
        isRetryable: () => false,
        onDeadLetter: () => (++offers < 3 ? Promise.reject(new Error('database away')) : Promise.resolve()),
      });
      await queue.publish([{ task: taskNumber(1) }]);
      await until(() => letters.length === 3, 'it was offered three times');
      await until(async () => (await queue.depth('explain')).inProgress === 0, 'it left the queue');
      expect(letters.map(({ error }) => error.message)).toEqual(['no', 'no', 'no']);
    });

    it('leaves a dead letter that nobody took to the next consumer, with its error', async () => {
      const queue = await open();
      const first = await record(queue, {
        handle: () => Promise.reject(new XaigridError('NOT_FINITE', 'NaN in line 1\nand ∞ in line 2')),
        onDeadLetter: () => Promise.reject(new Error('database away')),
      });
      await queue.publish([{ task: taskNumber(1) }]);
      await until(() => first.letters.length > 0, 'it was offered');
      await first.consumer.drain();
      const second = await record(queue);
      await until(() => second.letters.length === 1, 'it was offered to the next');
      expect(second.deliveries).toEqual([]);
      expect(second.letters[0]).toMatchObject({
        reason: 'attempts-exhausted',
        attempts: 3,
        error: { code: 'NOT_FINITE', message: 'NaN in line 1\nand ∞ in line 2' },
      });
    });

    it('drain finishes what is in hand and takes nothing new', async () => {
      const queue = await open();
      const { passed, open: finish } = gate();
      const { consumer, deliveries } = await record(queue, { concurrency: 2, handle: () => passed });
      await queue.publish(tasksNumbered(5));
      await until(() => deliveries.length === 2, 'two are in hand');
      const drained = consumer.drain();
      await delay(50);
      expect(deliveries.some(({ signal }) => signal.aborted)).toBe(false);
      finish();
      await drained;
      await consumer.closed;
      expect(deliveries).toHaveLength(2);
      const rest = await record(queue);
      await until(() => rest.deliveries.length === 3, 'the rest came to another consumer');
      await delay(50);
      expect([...deliveries, ...rest.deliveries].every(({ attempt }) => attempt === 1)).toBe(true);
    });

    it('drain of an idle consumer loses nothing that is published at that moment', async () => {
      const queue = await open();
      const idle = await record(queue, { concurrency: 4 });
      const publishing = queue.publish(tasksNumbered(40));
      await idle.consumer.drain();
      await publishing;
      const rest = await record(queue, { concurrency: 4 });
      await until(() => idle.deliveries.length + rest.deliveries.length >= 40, 'all came');
      const all = [...idle.shards(), ...rest.shards()].sort((a, b) => a - b);
      expect(all).toEqual(Array.from({ length: 40 }, (_, index) => index));
      expect(rest.deliveries.every(({ attempt }) => attempt === 1)).toBe(true);
    });

    it('stop gives back at once what is in hand, which is no attempt', async () => {
      const queue = await open();
      const started = performance.now();
      for (let round = 0; round < 4; round += 1) {
        const { consumer, deliveries } = await record(queue, {
          async handle({ signal }) {
            await aborted(signal);
            throw new Error('stopped');
          },
        });
        if (round === 0) await queue.publish([{ task: taskNumber(1) }]);
        await until(() => deliveries.length === 1, 'it is in hand');
        await consumer.stop();
        expect(deliveries.map(({ attempt }) => attempt)).toEqual([1]);
      }
      const last = await record(queue);
      await until(() => last.deliveries.length === 1, 'it came again');
      expect(last.deliveries[0]?.attempt).toBe(1);
      // Five leases would be at least this long: it was given back, not waited for.
      if (Number.isFinite(harness.leaseMs)) expect(performance.now() - started).toBeLessThan(harness.leaseMs * 4);
    });

    it('stop does not wait for a handler that ignores its signal', async () => {
      const queue = await open();
      const { consumer, deliveries } = await record(queue, { handle: () => new Promise(() => undefined) });
      await queue.publish([{ task: taskNumber(1) }]);
      await until(() => deliveries.length === 1, 'it is in hand');
      await consumer.stop();
      const next = await record(queue);
      await until(() => next.deliveries.length === 1, 'it came again');
    });

    it('stop acknowledges what a handler finishes all the same', async () => {
      const queue = await open();
      const { consumer, deliveries } = await record(queue, { handle: ({ signal }) => aborted(signal) });
      await queue.publish([{ task: taskNumber(1) }]);
      await until(() => deliveries.length === 1, 'it is in hand');
      await consumer.stop();
      expect(await queue.depth('explain')).toEqual({ waiting: 0, inProgress: 0 });
    });

    it('stop cuts a drain short', async () => {
      const queue = await open();
      const { consumer, deliveries } = await record(queue, { handle: ({ signal }) => aborted(signal) });
      await queue.publish([{ task: taskNumber(1) }]);
      await until(() => deliveries.length === 1, 'it is in hand');
      const drained = consumer.drain();
      await consumer.stop();
      await drained;
      await consumer.closed;
    });

    it('ignores a task that is published again under the same id', async () => {
      const queue = await open();
      await queue.publish([{ task: taskNumber(1), deduplicationId: 'a' }]);
      await queue.publish([
        { task: taskNumber(1), deduplicationId: 'a' },
        { task: taskNumber(1), deduplicationId: 'b' },
      ]);
      const { deliveries } = await record(queue);
      await until(() => deliveries.length === 2, 'both came');
      await delay(100);
      expect(deliveries).toHaveLength(2);
    });

    it('refuses what is not a task, and then publishes nothing', async () => {
      const queue = await open();
      const wrong = { ...taskNumber(2), shardId: -1 };
      await expect(queue.publish([{ task: taskNumber(1) }, { task: wrong }])).rejects.toMatchObject({ code: 'MESSAGE_INVALID' });
      await expect(queue.publish([{ task: taskNumber(1, { runId: 'a.b' }) }])).rejects.toMatchObject({
        code: 'MESSAGE_INVALID',
        message: 'The run id "a.b" may only hold letters, digits, "-" and "_".',
      });
      expect(await queue.depth('explain')).toEqual({ waiting: 0, inProgress: 0 });
      await expect(record(queue, { concurrency: 0 })).rejects.toMatchObject({ code: 'ENVIRONMENT_INVALID' });
    });

    it('discard drops the waiting tasks of one run, and never those of another', async () => {
      const queue = await open();
      await queue.publish([...tasksNumbered(5, { runId: 'cancelled' }), ...tasksNumbered(5, { runId: 'other' })]);
      await queue.publish([...tasksNumbered(5, { runId: 'cancelled' }), ...tasksNumbered(5, { runId: 'other' })]);
      await queue.discard('cancelled');
      const { deliveries } = await record(queue, { concurrency: 2 });
      const count = (runId: string): number => deliveries.filter(({ task }) => task.runId === runId).length;
      await until(() => count('other') === 10, 'the other run went on');
      await delay(100);
      expect(count('cancelled')).toBe(harness.discards() ? 0 : 10);
    });

    it('says how many tasks wait and how many are in hand', async () => {
      const queue = await open();
      await queue.publish(tasksNumbered(5));
      expect(await queue.depth('explain')).toEqual({ waiting: 5, inProgress: 0 });
      const { passed, open: finish } = gate();
      const { deliveries } = await record(queue, { concurrency: 2, handle: () => passed });
      await until(() => deliveries.length === 2, 'two are in hand');
      expect(await queue.depth('explain')).toEqual({ waiting: 3, inProgress: 2 });
      expect(await queue.depth('score')).toEqual({ waiting: 0, inProgress: 0 });
      finish();
    });

    it('says how many tasks of a run are not done, whichever stage and hand they are in', async () => {
      const queue = await open();
      const { passed, open: finish } = gate();
      const { deliveries } = await record(queue, { handle: () => passed, concurrency: 2 });
      await queue.publish(tasksNumbered(5));
      await queue.publish([{ task: { ...taskNumber(6), stage: 'score' } }, { task: { ...taskNumber(7), runId: 'other' } }]);
      await until(() => deliveries.length === 2, 'two are in hand');
      expect(await queue.tasksOf('run')).toEqual({ explain: 5, score: 1 });
      expect(await queue.tasksOf('other')).toEqual({ explain: 1, score: 0 });
      expect(await queue.tasksOf('nobody')).toEqual({ explain: 0, score: 0 });
      finish();
      await until(async () => (await queue.tasksOf('run')).explain === 0, 'the first stage is done');
      expect(await queue.tasksOf('run')).toEqual({ explain: 0, score: 1 });
    });

    it('says events to all who listen at the time', async () => {
      const queue = await open();
      const other = name === 'memory' ? queue : await open();
      const event: RunEvent = { version: 1, runId: 'run', kind: 'shard-explained', shardId: 3 };
      const heard: RunEvent[] = [];
      const heardThere: RunEvent[] = [];
      queue.announce({ ...event, shardId: 1 });
      await delay(50);
      await queue.listen(() => {
        throw new Error('a listener of its own trouble');
      });
      const end = await queue.listen((said) => heard.push(said));
      await other.listen((said) => heardThere.push(said));
      queue.announce(event);
      await until(() => heard.length === 1 && heardThere.length === 1, 'it was heard');
      expect(heard).toEqual([event]);
      expect(heardThere).toEqual([event]);
      await end();
      queue.announce({ version: 1, runId: 'run', kind: 'run-changed' });
      await until(() => heardThere.length === 2, 'it was heard by the other');
      expect(heard).toHaveLength(1);
    });

    it('close gives back what is in hand, can be called twice, and ends everything', async () => {
      const queue = await open();
      const { consumer, deliveries } = await record(queue, { handle: ({ signal }) => aborted(signal) });
      await queue.publish([{ task: taskNumber(1) }]);
      await until(() => deliveries.length === 1, 'it is in hand');
      expect(queue.healthy()).toBe(true);
      await Promise.all([queue.close(), queue.close()]);
      await queue.close();
      await consumer.closed;
      expect(deliveries[0]?.signal.aborted).toBe(true);
      expect(queue.healthy()).toBe(false);
      queue.announce({ version: 1, runId: 'run', kind: 'run-changed' });
      await expect(queue.publish([{ task: taskNumber(1) }])).rejects.toMatchObject({ code: 'QUEUE_UNREACHABLE' });
      await expect(queue.depth('explain')).rejects.toMatchObject({ code: 'QUEUE_UNREACHABLE' });
      await expect(record(queue)).rejects.toMatchObject({ code: 'QUEUE_UNREACHABLE' });
    });
  });
}
