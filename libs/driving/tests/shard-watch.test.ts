import type { Stage } from '@xaigrid/contracts';
import type { StageTraffic } from '@xaigrid/queue';
import type { OpenShard } from '@xaigrid/store';
import { beforeEach, describe, expect, it } from 'vitest';
import { createShardWatch, type ShardWatch } from '../src/shard-watch.js';

const leaseMs = 3_000;
const idle: StageTraffic = { waiting: 0, inProgress: 0, requests: 2, deliveries: 0 };

/** A clock, a store and a queue that say what the test wants. */
let now: number;
let open: OpenShard[];
let traffic: Record<Stage, StageTraffic>;
let watch: ShardWatch;

beforeEach(() => {
  now = 0;
  open = [shard(1), shard(2, { state: 'explained' })];
  traffic = { explain: idle, score: idle };
  watch = createShardWatch({
    store: { shards: { open: (_runId, { afterId }) => Promise.resolve(open.filter(({ id }) => id > afterId)) } },
    queue: { leaseMs, traffic: (stage) => Promise.resolve(traffic[stage]) },
    runId: 'run',
    now: () => now,
  });
});

function shard(id: number, rest: Partial<OpenShard> = {}): OpenShard {
  return { id, evaluationId: 0, state: 'planned', attempts: 0, held: false, ...rest };
}

/** Looks once a second. @returns when which shards were found lost, in leases */
async function lostWithin(leases: number, eachSecond: () => void = () => undefined): Promise<string[]> {
  const found: string[] = [];
  for (const end = now + leases * leaseMs; now < end;) {
    now += 1_000;
    eachSecond();
    const lost = await watch.look({ plannedTo: 10, explainedTo: 10 });
    found.push(...lost.map(({ id }) => `${id} after ${Math.round(now / leaseMs)}`));
  }
  return found;
}

describe('a shard that stands still', () => {
  it('is lost after three leases, and after twice as many each time that publishing it again was in vain', async () => {
    expect(await lostWithin(11)).toEqual(['1 after 3', '2 after 3', '1 after 9', '2 after 9']);
  });

  it('is lost though the queue says that it has tasks and that they are in hand', async () => {
    traffic.explain = { waiting: 3, inProgress: 4, requests: 2, deliveries: 7 };
    expect(await lostWithin(4)).toContain('1 after 3');
  });

  it('is not lost while its state or its attempts change', async () => {
    let attempts = 0;
    const changing = (): void => {
      attempts += 1;
      open = [shard(1, { attempts: Math.floor(attempts / 6) })];
    };
    expect(await lostWithin(30, changing)).toEqual([]);
  });

  it('is not lost while a worker holds it', async () => {
    open = [shard(1, { held: true })];
    expect(await lostWithin(30)).toEqual([]);
    open = [shard(1)];
    expect(await lostWithin(3)).toEqual(['1 after 33']);
  });

  it('is not lost while nobody takes tasks of its stage', async () => {
    traffic.score = { ...idle, waiting: 5, requests: 0 };
    expect(await lostWithin(4)).toEqual(['1 after 3']);
  });

  it('is not lost while the workers that had tasks of its stage are dead, though these count as in progress', async () => {
    traffic.score = { ...idle, inProgress: 5, requests: 0 };
    expect(await lostWithin(4)).toEqual(['1 after 3']);
  });

  it('is lost while all workers of its stage are at work on other shards of its run', async () => {
    traffic.explain = { ...idle, inProgress: 1, requests: 0 };
    open = [shard(1), shard(3, { held: true })];
    expect(await lostWithin(4)).toEqual(['1 after 3']);
  });

  it('may wait its turn ten times as long while its stage has others and delivers them', async () => {
    open = [shard(1)];
    const busy = (): void => {
      traffic.explain = { ...traffic.explain, waiting: 40, deliveries: traffic.explain.deliveries + 3 };
    };
    expect(await lostWithin(25, busy)).toEqual([]);
    expect(await lostWithin(6, busy)).toEqual(['1 after 30']);
  });

  it('is not lost because this process was frozen', async () => {
    await lostWithin(1);
    now += 100 * leaseMs;
    expect(await watch.look({ plannedTo: 10, explainedTo: 10 })).toEqual([]);
  });

  it('is found again among those before it that were done and are tried once more', async () => {
    open = [shard(5)];
    await lostWithin(1);
    open = [shard(1)];
    expect((await lostWithin(8)).map((text) => text.split(' ')[0])).toEqual(['1']);
  });
});

it('looks at nothing where no task can be lost', async () => {
  const blind = createShardWatch({
    store: { shards: { open: () => Promise.reject(new Error('asked')) } },
    queue: { leaseMs: undefined, traffic: () => Promise.reject(new Error('asked')) },
    runId: 'run',
    now: () => (now += 1e6),
  });
  expect(await blind.look({ plannedTo: 10, explainedTo: 10 })).toEqual([]);
});
