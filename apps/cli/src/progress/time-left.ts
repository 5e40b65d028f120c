import type { RunWork } from '@xaigrid/contracts';
import { createPace, type Pace } from './pace.js';

/** What can be said of the time that a run still takes. */
export type TimeLeft =
  | { readonly kind: 'starting' }
  /** What was stored already is gone through; nothing was computed yet. */
  | { readonly kind: 'reusing' }
  /** Something was computed, too little to tell a pace. */
  | { readonly kind: 'measuring' }
  | { readonly kind: 'left'; readonly seconds: number }
  /** All is computed; the run is being summed up. */
  | { readonly kind: 'finishing' };

export interface TimeLeftEstimate {
  update(work: RunWork): void;
  /** As of this moment: between two updates it goes down with the clock. */
  read(): TimeLeft;
}

/** After the first change, so long until a time is told: workers that began together are done with their first shards one after the other. */
const FIRST_SECONDS = { shareOfWait: 1 / 4, least: 3, most: 15 };

/**
 * Less than this share of the work tells no pace of the rest: drawing 30 maps by gradients took some seconds, and scoring them by metrics of
 * thousands of passes was then said to take weeks.
 */
const LEAST_SHARE = 1 / 1000;

/**
 * What is told follows what is reckoned within so many seconds: a share of what is left, and of what has passed. Several workers end their
 * shards in bursts, and at the first shard of a burst the pace seems half of what it is at the last.
 */
const FOLLOWS = { shareOfLeft: 1 / 20, shareOfPassed: 1 / 5, least: 1, most: 30 };

/** Where the time is so many times less without the start, it is told at once. */
const LONG_START = 1.5;

/**
 * Tells the time left from the pace of the recent past and how much work is open.
 * @param now seconds on a clock that never goes back
 */
export function createTimeLeft(now: () => number): TimeLeftEstimate {
  const began = now();
  let latest: RunWork | undefined;
  let pace: Pace | undefined;
  let told: { readonly seconds: number; readonly at: number } | undefined;

  function tell(reckoned: number): number {
    const time = now();
    if (told === undefined || !Number.isFinite(reckoned)) {
      told = { seconds: reckoned, at: time };
      return reckoned;
    }
    const { shareOfLeft, shareOfPassed, least, most } = FOLLOWS;
    const within = Math.min(most, Math.max(least, Math.min(shareOfLeft * reckoned, shareOfPassed * (time - began))));
    const passed = time - told.at;
    const seconds = reckoned + (told.seconds - passed - reckoned) * Math.exp(-passed / within);
    told = { seconds: Math.max(seconds, reckoned / 10), at: time };
    return told.seconds;
  }

  function canTell(firstChange: number, { computed, open }: RunWork): boolean {
    if (computed < LEAST_SHARE * (computed + open)) return false;
    const { shareOfWait, least, most } = FIRST_SECONDS;
    return now() - firstChange >= Math.min(most, Math.max(least, shareOfWait * (firstChange - began)));
  }

  return {
    update(work) {
      if (pace === undefined) pace = createPace(work, now);
      else {
        if (told !== undefined && latest !== undefined) tell(pace.secondsFor(latest.open));
        const leavesOutStart = pace.update(work);
        if (leavesOutStart && told !== undefined && pace.secondsFor(work.open) < told.seconds / LONG_START) told = undefined;
      }
      latest = work;
    },
    read() {
      if (latest === undefined || pace === undefined) return { kind: 'starting' };
      if (latest.open === 0 && latest.total > 0) return { kind: 'finishing' };
      const firstChange = pace.firstChange();
      if (firstChange === undefined) return { kind: pace.reuses() ? 'reusing' : 'starting' };
      if (!canTell(firstChange, latest)) return { kind: 'measuring' };
      return { kind: 'left', seconds: tell(pace.secondsFor(latest.open)) };
    },
  };
}
