import { XaigridError, type ErrorCode } from '@xaigrid/contracts';
import { createMemoryQueue, type Consumer, type WorkQueue } from '@xaigrid/queue';
import { createEngineSlots, createFileCache, createModelsAndDatasets, silentLogger } from '@xaigrid/service';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { samplePlan, sampleRun } from '../../../libs/store/tests/sample-run.js';
import { useTestDatabase } from '../../../libs/store/tests/test-database.js';
import { startExplainService, type ExplainServiceOptions } from '../src/index.js';

const database = useTestDatabase('explain_service');
let queue: WorkQueue;
let consumer: Consumer | undefined;

beforeEach(() => {
  queue = createMemoryQueue({ retryDelaysMs: [1], maxAttempts: 3 });
});
afterEach(async () => {
  await consumer?.stop();
  await queue.close();
});

/** Explains one shard with `explain` until it failed. @returns the code it failed with and after how many attempts */
async function failureOf(explain: NonNullable<ExplainServiceOptions['explain']>): Promise<unknown> {
  const { store } = database;
  const modelsAndDatasets = createModelsAndDatasets({
    files: createFileCache({ folder: '/nowhere', artifacts: store.artifacts }),
  });
  consumer = await startExplainService({
    ...{
      store,
      queue,
      modelsAndDatasets,
      slots: createEngineSlots({ count: 1, modelsAndDatasets }),
      filePath: () => Promise.resolve(''),
    },
    ...{ logger: silentLogger(), workerName: 'test', concurrency: 1, explain },
  });
  const run = await store.runs.create(sampleRun([samplePlan()], 10));
  await store.runs.move(run.id, ['planned'], 'running');
  const [shard] = await store.shards.page(run.id, { states: ['planned'], afterId: -1, limit: 1 });
  const { id: shardId, evaluationId } = shard ?? { id: -1, evaluationId: -1 };
  await queue.publish([{ task: { version: 1, stage: 'explain', runId: run.id, evaluationId, shardId } }]);
  await vi.waitFor(async () => expect((await store.shards.count(run.id)).failed).toBe(1), { timeout: 10_000 });
  const [{ code, attempts } = {}] = await store.runs.failures(run.id, 1);
  return [code, attempts];
}

it.each<ErrorCode>(['INTERNAL', 'ENGINE_FAILED', 'SHAPE_MISMATCH', 'NOT_FINITE'])(
  'fails a shard at once with %s, which would come again',
  async (code) => {
    expect(await failureOf(() => Promise.reject(new XaigridError(code, 'as always')))).toEqual([code, 1]);
  },
);

it('fails a shard at once when the code is at fault', async () => {
  expect(await failureOf(() => Promise.reject(new TypeError('x is not a function')))).toEqual(['INTERNAL', 1]);
});

it.each<ErrorCode>(['ENGINE_ENDED', 'ENGINE_UNAVAILABLE', 'DATABASE_FAILED'])(
  'tries a shard again with %s, which another attempt may mend',
  async (code) => {
    expect(await failureOf(() => Promise.reject(new XaigridError(code, 'for now')))).toEqual([code, 3]);
  },
);

it('tries a shard again when the operating system refused something', async () => {
  const refusal = Object.assign(new Error('EMFILE: too many open files'), { errno: -24, code: 'EMFILE', syscall: 'open' });
  expect(await failureOf(() => Promise.reject(refusal))).toEqual(['SYSTEM_FAILED', 3]);
});
