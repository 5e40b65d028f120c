import { newRunId } from '@xaigrid/contracts';
import { describe, expect, it, vi } from 'vitest';
import { createStore } from '../src/index.js';
import { sampleRun } from './sample-run.js';
import { useTestDatabase } from './test-database.js';

const database = useTestDatabase('attendance');
const patience = { timeout: 20_000, interval: 20 };

const attended = async (...ids: string[]): Promise<string[]> => [...(await database.store.runs.attended(ids))];

async function another(): ReturnType<typeof createStore> {
  return createStore({ url: database.url, maxConnections: 2, connectTimeoutMs: 10_000, applicationName: 'other' });
}

it('shows which runs a process drives, until the last of those who drive them lets go', async () => {
  const [one, two, three] = [newRunId(), newRunId(), newRunId()];
  const other = await another();
  const [first, second] = [await database.store.attend(one), await other.attend(one)];
  const third = await other.attend(two);
  expect(await attended(one, two, three)).toEqual([one, two]);
  await Promise.all([first.release(), third.release()]);
  expect(await attended(one, two)).toEqual([one]);
  await second.release();
  expect(await attended(one, two)).toEqual([]);
  await other.close();
});

it('goes with the store that is closed', async () => {
  const run = newRunId();
  const other = await another();
  await other.attend(run);
  expect(await attended(run)).toEqual([run]);
  await other.close();
  await vi.waitUntil(async () => (await attended(run)).length === 0, patience);
});

it('comes back after Postgres ended its session', async () => {
  const run = newRunId();
  const { release } = await database.store.attend(run);
  const sessions = (): Promise<{ pid: number }[]> =>
    database.query("SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND classid = 72707372");
  const [before] = await sessions();
  await database.query('SELECT pg_terminate_backend($1)', [before?.pid]);
  await vi.waitUntil(async () => (await sessions()).some(({ pid }) => pid !== before?.pid), patience);
  expect(await attended(run)).toEqual([run]);
  await release();
});

it('tells who drives a run from who only finishes what is in hand', async () => {
  const run = newRunId();
  const stopping = async (): Promise<string[]> => [...(await database.store.runs.stopping([run]))];
  const { release } = await database.store.attend(run, 'stopping');
  expect([await attended(run), await stopping()]).toEqual([[], [run]]);
  const driver = await database.store.attend(run);
  await release();
  expect([await attended(run), await stopping()]).toEqual([[run], []]);
  await driver.release();
});

it('releases though the database is away, and after the store is closed', async () => {
  const other = await another();
  const [first, second] = [await other.attend(newRunId()), await other.attend(newRunId())];
  await database.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'other'");
  await first.release();
  await other.close();
  await second.release();
});

describe('a run is interrupted', () => {
  const state = async (id: string): Promise<string> => (await database.store.runs.find(id)).state;

  async function running(): Promise<string> {
    const { id } = await database.store.runs.create(sampleRun());
    await database.store.runs.move(id, ['planned'], 'running');
    return id;
  }

  it('only if no live process drives it', async () => {
    const [run, other] = [await running(), await another()];
    const driver = await other.attend(run);
    expect(await database.store.runs.interrupt(run)).toBe(false);
    expect(await state(run)).toBe('running');
    await driver.release();
    const leaving = await other.attend(run, 'stopping');
    expect(await database.store.runs.interrupt(run)).toBe(true);
    expect(await state(run)).toBe('interrupted');
    await leaving.release();
    await other.close();
  });

  it('never after somebody has attended and moved it, however close the two are', async () => {
    const other = await another();
    for (let turn = 0; turn < 40; turn += 1) {
      const run = await running();
      const takeOver = other.attend(run).then(async (attending) => {
        await other.runs.move(run, ['planned', 'interrupted', 'running'], 'running');
        return attending;
      });
      const [attending] = await Promise.all([takeOver, database.store.runs.interrupt(run)]);
      expect(await state(run)).toBe('running');
      await attending.release();
    }
    await other.close();
  }, 60_000);

  it('and not when it is over', async () => {
    const run = await running();
    await database.store.runs.move(run, ['running'], 'done');
    expect(await database.store.runs.interrupt(run)).toBe(false);
    expect(await state(run)).toBe('done');
  });
});
