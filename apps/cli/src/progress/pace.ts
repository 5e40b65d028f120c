import type { RunWork } from '@xaigrid/contracts';

/** The pace is that of the last half minute, or of the last 16 changes where they took longer, as with shards that take a minute each. */
const WINDOW_SECONDS = 30;
const WINDOW_CHANGES = 16;

/** Workers go through what is stored without computing for a while, and compute then: more of that time than this says nothing of their pace. */
const MOST_REUSE_SECONDS = 10;

/** Of what is open at most so much counts as nearly done while nothing has come: the time left never reaches 0 before the end. */
const MOST_IN_HAND = 0.9;

/** How fast work is computed. What was stored already is done at once and says nothing of the rest; it does not count. */
export interface Pace {
  /** @returns whether the beginning was left out from now on, which may change the pace at a stroke */
  update(work: RunWork): boolean;
  /** When something was first computed while it watched; undefined before that. */
  readonly firstChange: () => number | undefined;
  /** Whether stored work has gone by since the last change. */
  readonly reuses: () => boolean;
  /** For so much open work, as of this moment: between two changes it goes down with the clock. */
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

  /** Seconds that a change at this moment stands for: all since the last one, but not all of a time in which only stored work went by. */
  function charge(): number {
    if (reusedAt === undefined) return now() - changedAt;
    return Math.min(reusedAt - changedAt, MOST_REUSE_SECONDS) + (now() - reusedAt);
  }

  function forgetOld(last: Point): boolean {
    const [oldest, first] = points;
    if (oldest === undefined || first === undefined || points.length <= WINDOW_CHANGES) return false;
    // How long the start took says nothing of the pace, once enough has come after it to tell the two apart.
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
 * @param since seconds since the last change. Up to the longest gap between changes, work is taken to go on at the pace. After that it has
 * come to a halt, and the pace is as low as that makes it: the time left rises.
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
