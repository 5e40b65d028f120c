import type { RunProgress } from '../api.js';
import { isUnderWay, type RunState } from '../results.js';
import { createDurationWords } from './duration-words.js';
import { createTimeLeft, type TimeLeft } from './time-left.js';
import { percentDone, workOf } from './work-done.js';

/** The progress of a run at one moment. */
export interface RunReading {
  readonly progress: RunProgress;
  /** Whole percent of the work. */
  readonly percent: number;
  /** The time left, or why it is unknown; empty if the run is over or nothing can be said yet. */
  readonly left: string;
  /** Whether `left` says why nothing moves. */
  readonly waits: boolean;
}

export interface RunWatch {
  update(progress: RunProgress, state: RunState, waits: readonly string[]): void;
  /** Undefined before the first update. */
  read(): RunReading | undefined;
}

/** @param now seconds on a clock that never goes back */
export function createRunWatch(now: () => number): RunWatch {
  const timeLeft = createTimeLeft(now);
  const durationWords = createDurationWords();
  let latest: { readonly progress: RunProgress; readonly state: RunState; readonly waits: readonly string[] } | undefined;

  function inWords(left: TimeLeft): string {
    switch (left.kind) {
      case 'starting':
        return 'starting';
      case 'reusing':
        return 'going through stored results';
      case 'measuring':
        return '';
      case 'finishing':
        return 'finishing';
      case 'left':
        return durationWords(left.seconds);
    }
  }

  return {
    update(progress, state, waits) {
      latest = { progress, state, waits };
      timeLeft.update(workOf(progress));
    },
    read() {
      if (latest === undefined) return undefined;
      const { progress, state, waits } = latest;
      const underWay = isUnderWay(state);
      const waiting = underWay && waits.length > 0;
      return {
        ...{ progress, percent: percentDone(progress, state), waits: waiting },
        left: waiting ? `waits: ${waits.join('; ')}` : underWay ? inWords(timeLeft.read()) : '',
      };
    },
  };
}
