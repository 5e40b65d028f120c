import type { ProgressDisplay } from './progress-display.js';
import type { RunReading, RunWatch } from '@xaigrid/contracts';

/** Seconds to the second line. Each further one waits twice as long, so that logs stay short. */
const FIRST_GAP = 1;
const LONGEST_GAP = 30;

/** Plain lines, for logs. Reasons for waiting are printed at once. @param now seconds on a clock that never goes back */
export function lineProgress(watch: RunWatch, note: (line: string) => void, now: () => number): ProgressDisplay {
  let lastLine = '';
  let lastReason = '';
  let nextTime = -Infinity;
  let gap = FIRST_GAP;
  let stopped = false;
  const say = (): void => {
    const reading = watch.read();
    if (reading === undefined) return;
    const line = lineOf(reading);
    lastReason = reasonOf(reading);
    // A line that is not printed does not delay the next one.
    if (line === lastLine) return;
    note(line);
    lastLine = line;
    nextTime = now() + gap;
    gap = Math.min(2 * gap, LONGEST_GAP);
  };
  return {
    update(...news) {
      watch.update(...news);
      const reading = watch.read();
      if (now() >= nextTime || (reading !== undefined && reasonOf(reading) !== lastReason)) say();
    },
    stop() {
      if (!stopped) say();
      stopped = true;
    },
  };
}

function reasonOf({ waits, left }: RunReading): string {
  return waits ? left : '';
}

function lineOf({ progress, percent, left }: RunReading): string {
  const { samples, explained, scored, failed } = progress;
  const counts = `maps ${explained}/${samples}, samples scored ${scored}/${samples}${failed > 0 ? `, failed ${failed}` : ''}`;
  return `${percent} %  ${counts}${left === '' ? '' : `, ${left}`}`;
}
