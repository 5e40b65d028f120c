import type { ProgressDisplay } from './progress-display.js';
import type { RunWatch } from '@xaigrid/contracts';

/** Seconds between two lines. */
const GAP = 0.5;

/**
 * For programs: a line of JSON for each change, at most two a second, and one at the end. `percent` is of the work, `left` is as
 * `RunReading` says, and the counts are samples. @param now seconds on a clock that never goes back
 */
export function jsonProgress(watch: RunWatch, note: (line: string) => void, now: () => number): ProgressDisplay {
  let lastLine = '';
  let nextTime = -Infinity;
  const say = (): void => {
    const reading = watch.read();
    if (reading === undefined) return;
    const { percent, left, waits } = reading;
    const { samples, explained, scored, failed } = reading.progress;
    const line = JSON.stringify({ percent, samples, explained, scored, failed, left, waits });
    if (line === lastLine) return;
    note(line);
    lastLine = line;
    nextTime = now() + GAP;
  };
  return {
    update(...news) {
      watch.update(...news);
      if (now() >= nextTime) say();
    },
    stop: say,
  };
}
