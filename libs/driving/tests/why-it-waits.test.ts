import type { RunRecord } from '@xaigrid/store';
import { expect, it } from 'vitest';
import { whatDelayedIt, whyItWaits, type WaitingRun } from '../src/why-it-waits.js';

const run: RunRecord = {
  ...{ id: 'abc', name: 'a run', state: 'running', cancelRequested: false, specText: '', priority: 0 },
  ...{ versions: { xaigrid: '1', node: '20', platform: 'x' }, createdAt: new Date(0) },
  ...{ tags: [], note: '', datasets: [], models: [], methods: [] },
};
const waiting: WaitingRun = {
  ...{ run, attended: true, atWork: new Set<never>() },
  shards: { planned: 3, explained: 2, scored: 0, failed: 0 },
};
/** What two workers had when they died is in progress still. */
const queue = (requests: number, healthy = true) => ({
  leaseMs: 30_000,
  healthy: () => healthy,
  traffic: () => Promise.resolve({ waiting: 4, inProgress: 2, requests, deliveries: 9 }),
});

it('says that there are no workers, also when dead ones had tasks in hand', async () => {
  expect(await whyItWaits(waiting, queue(0))).toEqual([
    'no explainer worker is connected, or all are busy with other runs',
    'no metrics worker is connected, or all are busy with other runs',
  ]);
});

it('says nothing of workers that ask, or that are at work', async () => {
  expect(await whyItWaits(waiting, queue(1))).toEqual([]);
  const shards = { planned: 3, explained: 0, scored: 0, failed: 0 };
  expect(await whyItWaits({ ...waiting, shards, atWork: new Set(['explain'] as const) }, queue(0))).toEqual([]);
});

it('says that nobody drives it, and that NATS is away', async () => {
  expect(await whyItWaits({ ...waiting, attended: false }, queue(1, false))).toEqual([
    'no orchestrator drives it at the moment; one takes it over within half a minute',
    'NATS cannot be reached from the orchestrator',
  ]);
});

it('says what was published again', () => {
  const republished = { shards: 3, at: new Date(0) };
  expect(whatDelayedIt({ ...run, republished }, queue(1))).toEqual([
    '3 shards published again after 90 s without movement, or when the queue had lost them',
  ]);
  expect(whatDelayedIt(run, queue(1))).toEqual([]);
});

it('says nothing where the queue is this process’s own', async () => {
  expect(await whyItWaits({ ...waiting, attended: false }, { ...queue(0), leaseMs: undefined })).toEqual([]);
});
