import type { RunWork } from '../api.js';
import { createPace, type Pace } from './pace.js';

/** What is known about the time that a run still takes. */
export type TimeLeft =
  | { readonly kind: 'starting' }
  /** Only stored work has been skipped; nothing was computed yet. */
  | { readonly kind: 'reusing' }
  /** Something was computed, but too little to know the pace. */
  | { readonly kind: 'measuring' }
  | { readonly kind: 'left'; readonly seconds: number }
  /** Everything is computed; the run is being summed up. */
  | { readonly kind: 'finishing' };

export interface TimeLeftEstimate {
  update(work: RunWork): void;
  /** As of now: between two updates the time decreases with the clock. */
  read(): TimeLeft;
}

/**
 * How long after the first change the first time is shown. Workers that started together finish their first shards one after the
 * other.
 */
const FIRST_SECONDS = { shareOfWait: 1 / 4, least: 3, most: 15 };

/**
 * If less than this share of the work is computed, the pace is unknown. Otherwise, after 30 maps by gradients in a few seconds,
 * thousands of passes by metrics would be estimated to take weeks.
 */
const LEAST_SHARE = 1 / 1000;

/**
 * How fast the shown time follows the estimate, in seconds: a share of the time left, and of the time passed. Several workers
 * finish their shards in bursts, and the pace seems half as high at the first shard of a burst as at the last.
 */
const FOLLOWS = { shareOfLeft: 1 / 20, shareOfPassed: 1 / 5, least: 1, most: 30 };

/** If the estimate without the start is smaller by this factor, it is shown at once. */
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
