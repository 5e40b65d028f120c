import { XaigridError } from '@xaigrid/contracts';
import { createMemoryQueue, type WorkQueue } from '@xaigrid/queue';
import { silentLogger } from '@xaigrid/service';
import type { ResultRepository, Store } from '@xaigrid/store';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { completeRun, samplePlan, sampleRun } from '../../store/tests/sample-run.js';
import { useTestDatabase } from '../../store/tests/test-database.js';
import { createDriver, type Driver } from '../src/index.js';

const database = useTestDatabase('summing_up');
let queue: WorkQueue;
let driving: AbortController;

beforeEach(() => {
  queue = createMemoryQueue();
  driving = new AbortController();
});
afterEach(async () => {
  driving.abort();
  await queue.close();
});

/** A driver on the real store, but for what summing up does. */
function driverWith(summarize: ResultRepository['summarize'] = (...given) => database.store.results.summarize(...given)): Driver {
  const store: Store = { ...database.store, results: { ...database.store.results, summarize } };
  return createDriver({ store, queue, logger: silentLogger(), signal: driving.signal, sweepMs: 50 });
}

async function scoredRun(seed: number): Promise<string> {
  const { id } = await database.store.runs.create(sampleRun([samplePlan({ seed })]));
  await completeRun(database.store, id);
  return id;
}

async function stateOf(id: string): Promise<string> {
  return (await database.store.runs.find(id)).state;
}

async function summarizedSets(id: string): Promise<number> {
  const rows = await database.query<{ count: number }>(
    `SELECT count(DISTINCT k.score_set_id)::integer AS count FROM evaluation e JOIN evaluation_setting es ON es.evaluation_id = e.id
     JOIN score_summary k ON k.score_set_id = es.score_set_id WHERE e.run_id = $1`,
    [id],
  );
  return rows[0]?.count ?? NaN;
}

describe('a run whose shards are all scored', () => {
  it('is summed up before it counts as finished', async () => {
    const id = await scoredRun(1);
    const states: string[] = [];
    const driver = driverWith(async (...given) => {
      states.push(await stateOf(id));
      await database.store.results.summarize(...given);
    });
    driver.drive(id);
    await driver.idle();
    expect([states, await stateOf(id), await summarizedSets(id)]).toEqual([['running'], 'done', 2]);
  });

  it('stays under way when its driver ends meanwhile, and is summed up by the next', async () => {
    const id = await scoredRun(2);
    const first = driverWith((runId, signal) => {
      driving.abort();
      return database.store.results.summarize(runId, signal);
    });
    first.drive(id);
    await first.idle();
    expect([await stateOf(id), await summarizedSets(id)]).toEqual(['running', 0]);
    driving = new AbortController();
    const second = driverWith();
    await second.recover();
    await second.idle();
    expect([await stateOf(id), await summarizedSets(id)]).toEqual(['done', 2]);
  });

  it('is cancelled when that is asked for meanwhile', async () => {
    const id = await scoredRun(3);
    const driver = driverWith(() => database.store.runs.requestCancel(id));
    driver.drive(id);
    await driver.idle();
    expect(await stateOf(id)).toBe('cancelled');
  });

  it('goes on after Postgres was away', async () => {
    const id = await scoredRun(4);
    let calls = 0;
    const driver = driverWith(async (...given) => {
      calls += 1;
      if (calls === 1) throw new XaigridError('DATABASE_UNREACHABLE', 'Postgres is away.');
      await database.store.results.summarize(...given);
    });
    driver.drive(id);
    await driver.idle();
    expect([calls, await stateOf(id), await summarizedSets(id)]).toEqual([2, 'done', 2]);
  });

  it('is finished all the same when it cannot be summed up', async () => {
    const id = await scoredRun(5);
    const driver = driverWith(() => Promise.reject(new XaigridError('INTERNAL', 'value out of range')));
    driver.drive(id);
    await driver.idle();
    expect([await stateOf(id), (await database.store.results.table([id])).length]).toEqual(['done', 2]);
  });
});
