import type { ShardState, Stage } from '@xaigrid/contracts';
import { describe, expect, it } from 'vitest';
import { createFairShare, type Standing } from '../src/fair-share.js';
import { createStagePace } from '../src/stage-pace.js';

function queueWith(inHand: Readonly<Record<Stage, number>>) {
  return { depth: (stage: Stage) => Promise.resolve({ waiting: 0, inProgress: inHand[stage] }) };
}

function standing(shards: Partial<Record<ShardState, number>> = {}, explain = 0, score = 0): Standing {
  return {
    shards: { planned: 1_000_000, explained: 0, scored: 0, failed: 0, ...shards },
    queued: { explain, score },
    hasUnpublished: true,
  };
}

describe('the share of a run', () => {
  it('is what workers have in hand and twice that ahead of them, when it is alone and shards take long', async () => {
    const share = createFairShare(queueWith({ explain: 20, score: 0 })).join({ priority: 0 });
    expect((await share.allowance(standing())).explain).toBe(60);
    expect((await share.allowance(standing({}, 45))).explain).toBe(15);
    expect((await share.allowance(standing({}, 90))).explain).toBe(0);
  });

  it('is divided by priority, each step a factor of two, and never nothing', async () => {
    const fairShare = createFairShare(queueWith({ explain: 30, score: 0 }));
    const shares = [0, 1, -10].map((priority) => fairShare.join({ priority }));
    const places = await Promise.all(shares.map(async (share) => (await share.allowance(standing())).explain));
    expect(places).toEqual([29, 59, 1]);
  });

  it('grows when another run has nothing more to publish, or is over', async () => {
    const fairShare = createFairShare(queueWith({ explain: 20, score: 0 }));
    const [one, other] = [fairShare.join({ priority: 0 }), fairShare.join({ priority: 0 })];
    expect((await one.allowance(standing())).explain).toBe(30);
    await other.allowance({ ...standing(), hasUnpublished: false });
    expect((await one.allowance(standing())).explain).toBe(60);
    await other.allowance(standing());
    expect((await one.allowance(standing())).explain).toBe(30);
    other.leave();
    expect((await one.allowance(standing())).explain).toBe(60);
  });

  it('ends where 64 shards are explained or on their way there, while nobody scores', async () => {
    // The first look at a run counts for no pace.
    const first = (now: Standing) =>
      createFairShare(queueWith({ explain: 1, score: 0 }))
        .join({ priority: 0 })
        .allowance(now);
    expect((await first(standing({ explained: 60 }, 1, 60))).explain).toBe(3);
    expect((await first(standing({ explained: 60 }, 4, 60))).explain).toBe(0);
    // What is explained already may be handed to whoever will score it.
    expect((await first(standing({ explained: 5_000 }))).score).toBe(64);
  });

  it('lets explained shards wait as long as the metrics workers have work ahead', async () => {
    const first = (now: Standing) =>
      createFairShare(queueWith({ explain: 10, score: 40 }))
        .join({ priority: 0 })
        .allowance(now);
    // Explaining: 30 places. Scoring: 120 more.
    expect((await first(standing({ explained: 100 }, 10, 100))).explain).toBe(20);
    expect((await first(standing({ explained: 145 }, 0, 145))).explain).toBe(5);
  });
});

it('explained shards whose tasks the queue lost hold up no others', async () => {
  const share = createFairShare(queueWith({ explain: 10, score: 0 })).join({ priority: 0 });
  expect((await share.allowance(standing({ explained: 1_000 }, 10, 0))).explain).toBe(20);
});

describe('the pace of a stage', () => {
  it('keeps two seconds of work ahead, within bounds', async () => {
    let now = 0;
    const pace = createStagePace(queueWith({ explain: 2, score: 2 }), () => now);
    expect((await pace.look()).explain).toEqual({ inHand: 2, ahead: 16 });
    for (now = 0; now < 4_000; now += 100) pace.count('explain', 50);
    expect((await pace.look()).explain.ahead).toBe(1_000);
    expect((await pace.look()).score.ahead).toBe(16);
    for (; now < 8_000; now += 100) pace.count('explain', 5_000);
    expect((await pace.look()).explain.ahead).toBe(5_000);
    now += 60_000;
    expect((await pace.look()).explain.ahead).toBe(16);
  });

  it('asks the queue no more often than four times a second, however many runs ask', async () => {
    let now = 0;
    let asked = 0;
    const queue = { depth: () => Promise.resolve({ waiting: 0, inProgress: (asked += 1) }) };
    const pace = createStagePace(queue, () => now);
    for (now = 0; now < 1_000; now += 1) await pace.look();
    // Both stages.
    expect(asked).toBeLessThanOrEqual(2 * 4);
  });
});
