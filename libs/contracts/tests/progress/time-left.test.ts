import type { RunWork } from '../../src/index.js';
import { describe, expect, it } from 'vitest';
import { createTimeLeft, type TimeLeft, type TimeLeftEstimate } from '../../src/progress/time-left.js';

/** A run in a world whose clock is moved by hand. */
interface World {
  readonly estimate: TimeLeftEstimate;
  readonly time: () => number;
  readonly pass: (seconds: number) => void;
  readonly compute: (work: number) => void;
  readonly reuse: (work: number) => void;
  readonly left: () => number;
}

function world(work: RunWork, startedAt = 1_000): World {
  let [time, now] = [startedAt, work];
  const estimate = createTimeLeft(() => time);
  estimate.update(now);
  const change = (open: number, computed: number): void => {
    now = { ...now, open: now.open - open, computed: now.computed + computed };
    estimate.update(now);
  };
  return {
    estimate,
    time: () => time,
    pass: (seconds) => (time += seconds),
    compute: (amount) => change(amount, amount),
    reuse: (amount) => change(amount, 0),
    left: () => secondsOf(estimate.read()),
  };
}

function secondsOf(left: TimeLeft): number {
  if (left.kind !== 'left') throw new Error(`No time is told but ${left.kind}.`);
  return left.seconds;
}

const fresh = (total: number): RunWork => ({ total, open: total, computed: 0 });

describe('the time left', () => {
  it('is not told before something is computed, nor at once when it is', () => {
    const run = world(fresh(100));
    expect(run.estimate.read()).toEqual({ kind: 'starting' });
    run.pass(20);
    expect(run.estimate.read()).toEqual({ kind: 'starting' });
    run.compute(1);
    expect(run.estimate.read()).toEqual({ kind: 'measuring' });
    run.pass(5);
    expect(run.estimate.read().kind).toBe('left');
  });

  it('is not told of the first thousandth of the work, which is another kind of work', () => {
    const run = world(fresh(1_000_000));
    run.pass(3);
    run.compute(30);
    run.pass(600);
    expect(run.estimate.read()).toEqual({ kind: 'measuring' });
    run.compute(1_000);
    expect(run.estimate.read().kind).toBe('left');
  });

  it('is right when every shard takes the same time', () => {
    const run = world(fresh(1_000));
    for (let shard = 1; shard <= 900; shard += 1) {
      run.pass(0.5);
      run.compute(1);
      if (shard > 20) expect(run.left()).toBeCloseTo((1_000 - shard) * 0.5, 6);
    }
  });

  it('goes by work: the first tenth of the shards has nine tenths of it', () => {
    const run = world(fresh(1_000));
    const works = [...Array.from({ length: 10 }, () => 90), ...Array.from({ length: 90 }, () => 100 / 90)];
    let open = 1_000;
    for (const [position, work] of works.entries()) {
      // One unit takes a second.
      run.pass(work);
      run.compute(work);
      open -= work;
      if (position === 0) run.pass(15);
      if (position > 1 && open > 5) expect(Math.abs(run.left() - open)).toBeLessThan(0.05 * 1_000);
    }
  });

  it('follows a pace that changes within half a minute', () => {
    const run = world(fresh(10_000));
    for (let second = 0; second < 120; second += 1) {
      run.pass(1);
      run.compute(10);
    }
    for (let second = 0; second < 40; second += 1) {
      run.pass(1);
      run.compute(2);
    }
    expect(run.left()).toBeCloseTo((10_000 - 1_200 - 80) / 2, 6);
  });

  it('does not count what was stored already, however long that takes', () => {
    const run = world(fresh(4_000));
    for (let second = 0; second < 300; second += 1) {
      run.pass(1);
      run.reuse(10);
      expect(run.estimate.read()).toEqual({ kind: 'reusing' });
    }
    for (let second = 0; second < 60; second += 1) {
      run.pass(1);
      run.compute(1);
    }
    expect(run.left()).toBeCloseTo(940, 6);
    // Stored work again, between computed work: the pace stays.
    for (let second = 0; second < 300; second += 1) {
      run.pass(1);
      run.reuse(1);
    }
    run.compute(1);
    expect(run.left()).toBeGreaterThan(600);
    expect(run.left()).toBeLessThan(950);
  });

  it('of scores is right while stored maps go by', () => {
    const run = world(fresh(2_000));
    for (let second = 0; second < 100; second += 1) {
      run.pass(0.5);
      run.reuse(10);
      run.pass(0.5);
      run.compute(5);
    }
    expect(run.left()).toBeCloseTo(500 / 5, 6);
  });

  it('of a resumed run is told from what this session computes', () => {
    const run = world({ total: 1_000, open: 500, computed: 480 });
    expect(run.estimate.read()).toEqual({ kind: 'starting' });
    for (let second = 0; second < 20; second += 1) {
      run.pass(1);
      run.compute(5);
    }
    expect(run.left()).toBeCloseTo(400 / 5, 6);
  });

  it('leaves out how long the start took', () => {
    const run = world(fresh(1_000));
    run.pass(20);
    for (let shard = 0; shard < 100; shard += 1) {
      run.pass(0.5);
      run.compute(1);
    }
    expect(run.left()).toBeCloseTo(450, 6);
  });

  it('goes down with the clock between shards that take a minute each, and neither stands nor jumps', () => {
    const run = world(fresh(60));
    let before = Infinity;
    for (let second = 1; second < 50 * 60; second += 1) {
      run.pass(1);
      if (second % 60 === 0) run.compute(1);
      if (second < 90) continue;
      const left = run.left();
      expect(left).toBeCloseTo(3_600 - second, 0);
      if (before !== Infinity) expect(before - left).toBeCloseTo(1, 6);
      before = left;
    }
  });

  it('of long shards that four workers do side by side goes down, and is about right', () => {
    const run = world(fresh(40));
    const shards = Array.from({ length: 40 }, (_, shard) => 60 * (1 + Math.floor(shard / 4)) + (shard % 4));
    let before = Infinity;
    for (let second = 1; second < 560; second += 1) {
      run.pass(1);
      for (const end of shards) if (end === second) run.compute(1);
      if (second <= 80) continue;
      const [left, truly] = [run.left(), 603 - second];
      expect(Math.abs(left - truly)).toBeLessThan(0.25 * truly + 10);
      if (before !== Infinity) expect(Math.abs(left - before)).toBeLessThan(0.05 * truly + 5);
      before = left;
    }
  });

  it('rises when everything stands still, and does not reach 0', () => {
    const run = world(fresh(100));
    for (let second = 0; second < 50; second += 1) {
      run.pass(1);
      run.compute(1);
    }
    const before = run.left();
    const seen = Array.from({ length: 20 }, () => {
      run.pass(30);
      return run.left();
    });
    expect(seen.every((left, position) => left > (seen[position - 1] ?? before))).toBe(true);
    expect(seen.at(-1)).toBeGreaterThan(500);
  });

  it('stays above 0 while the last shard is awaited', () => {
    const run = world(fresh(20));
    for (let shard = 0; shard < 19; shard += 1) {
      run.pass(10);
      run.compute(1);
    }
    for (let second = 0; second < 30; second += 1) {
      run.pass(1);
      expect(run.left()).toBeGreaterThan(0);
    }
    run.compute(1);
    expect(run.estimate.read()).toEqual({ kind: 'finishing' });
  });

  it('takes work that is there again, as when failed shards are cut, as it comes', () => {
    const run = world(fresh(100));
    for (let second = 0; second < 40; second += 1) {
      run.pass(1);
      run.compute(1);
    }
    run.estimate.update({ total: 100, open: 80, computed: 40 });
    expect(run.left()).toBeCloseTo(80, 6);
  });
});
