import type { RunWork } from '../api.js';

/**
 * The pace is measured over the last half minute. If the last 16 changes took longer, as with shards that take a minute each, it
 * is measured over them.
 */
const WINDOW_SECONDS = 30;
const WINDOW_CHANGES = 16;

/**
 * Workers skip stored work for a while without computing, and then compute. At most this much of that time counts for the pace.
 */
const MOST_REUSE_SECONDS = 10;

/**
 * While nothing arrives, at most this share of the open work counts as nearly done, so the time left never reaches 0 before the
 * end.
 */
const MOST_IN_HAND = 0.9;

/** How fast work is computed. Stored work is done at once and does not count, because it says nothing about the rest. */
export interface Pace {
  /** @returns whether this update removed the start from the measurement, which may change the pace suddenly */
  update(work: RunWork): boolean;
  /** When something was first computed since the watch began; undefined before that. */
  readonly firstChange: () => number | undefined;
  /** Whether stored work has gone by since the last change. */
  readonly reuses: () => boolean;
  /** Seconds for this amount of open work, as of now. Between two changes they decrease with the clock. */
  readonly secondsFor: (open: number) => number;
}

interface Point {
  /** Seconds of computing, see `charge`. */
  readonly at: number;
  readonly computed: number;
}

/** @param now seconds on a clock that never goes back */
export function createPace(start: RunWork, now: () => number): Pace {
  const points: Point[] = [{ at: 0, computed: start.computed }];
  let latest = start;
  let changedAt = now();
  let firstChange: number | undefined;
  let reusedAt: number | undefined;

  /**
   * Seconds that a change now stands for: those since the last change, without most of a time in which only stored work was
   * skipped.
   */
  function charge(): number {
    if (reusedAt === undefined) return now() - changedAt;
    return Math.min(reusedAt - changedAt, MOST_REUSE_SECONDS) + (now() - reusedAt);
  }

  function forgetOld(last: Point): boolean {
    const [oldest, first] = points;
    if (oldest === undefined || first === undefined || points.length <= WINDOW_CHANGES) return false;
    // The duration of the start says nothing about the pace. It is removed when as much time has passed after it.
    const leavesOutStart = oldest.at === 0 && last.at - first.at >= first.at;
    if (leavesOutStart) points.shift();
    while (points.length > WINDOW_CHANGES + 1 && last.at - (points[1]?.at ?? last.at) >= WINDOW_SECONDS) points.shift();
    return leavesOutStart;
  }

  return {
    update(work) {
      const before = latest;
      latest = work;
      if (work.computed <= before.computed) {
        if (work.open < before.open) reusedAt = now();
        return false;
      }
      const last = { at: (points.at(-1)?.at ?? 0) + charge(), computed: work.computed };
      points.push(last);
      changedAt = now();
      firstChange ??= changedAt;
      reusedAt = undefined;
      return forgetOld(last);
    },
    firstChange: () => firstChange,
    reuses: () => reusedAt !== undefined,
    secondsFor: (open) => secondsFor(open, points, charge()),
  };
}

/**
 * @param since seconds since the last change. Up to the longest gap between changes, work is assumed to continue at the pace.
 * After that, it is assumed to have stopped: the pace decreases, and the time left increases.
 */
function secondsFor(open: number, points: readonly Point[], since: number): number {
  const [first] = points;
  const last = points.at(-1);
  if (first === undefined || last === undefined || last.at <= first.at) return Infinity;
  const computed = last.computed - first.computed;
  const took = last.at - first.at;
  const pace = computed / took;
  const longestGap = Math.max(...points.slice(1).map(({ at }, position) => at - (points[position]?.at ?? 0)));
  const inHand = Math.min(MOST_IN_HAND * open, pace * Math.min(since, longestGap));
  return (open - inHand) / (since <= longestGap ? pace : (computed + inHand) / (took + since));
}
