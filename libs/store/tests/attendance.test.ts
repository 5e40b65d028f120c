import { newRunId } from '@xaigrid/contracts';
import { expect, it, vi } from 'vitest';
import { createStore } from '../src/index.js';
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
  first.release();
  third.release();
  await vi.waitUntil(async () => (await attended(one, two)).join() === one, patience);
  second.release();
  await vi.waitUntil(async () => (await attended(one, two)).length === 0, patience);
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
  release();
});
