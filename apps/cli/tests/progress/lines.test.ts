import { createRunWatch, type RunProgress, type RunState } from '@xaigrid/contracts';
import { expect, it } from 'vitest';
import { lineProgress } from '../../src/progress/lines.js';
import type { ProgressDisplay } from '../../src/progress/progress-display.js';

interface Shown {
  readonly display: ProgressDisplay;
  readonly lines: string[];
  readonly pass: (seconds: number) => void;
}

function shown(): Shown {
  let time = 50;
  const now = (): number => time;
  const lines: string[] = [];
  const display = lineProgress(createRunWatch(now), (line) => lines.push(line), now);
  return { display, lines, pass: (seconds) => (time += seconds) };
}

/** Of 10 samples; a map costs 9, its scores 1. */
function progress(explained: number, scored: number, failed = 0): RunProgress {
  const done = 9 * explained + scored + 10 * failed;
  return {
    ...{ samples: 10, explained, scored, failed },
    work: { total: 100, open: 100 - done, computed: 9 * explained + scored },
  };
}

it('tells percent by work, no time before there is a pace, and 100 % at the end', () => {
  const { display, lines, pass } = shown();
  display.update(progress(0, 0), 'planned', []);
  for (let sample = 1; sample <= 10; sample += 1) {
    pass(9);
    display.update(progress(sample, sample - 1), 'running', []);
    pass(1);
    display.update(progress(sample, sample), 'running', []);
  }
  display.update(progress(10, 10), 'done', []);
  display.stop();
  display.stop();
  expect(lines).toEqual([
    '0 %  maps 0/10, samples scored 0/10, starting',
    '9 %  maps 1/10, samples scored 0/10',
    '19 %  maps 2/10, samples scored 1/10, about 1 min left',
    '29 %  maps 3/10, samples scored 2/10, about 1 min left',
    '39 %  maps 4/10, samples scored 3/10, about 1 min left',
    '59 %  maps 6/10, samples scored 5/10, about 40 s left',
    '89 %  maps 9/10, samples scored 8/10, about 10 s left',
    '100 %  maps 10/10, samples scored 10/10',
  ]);
});

it('says at once why nothing moves, and when it moves again', () => {
  const { display, lines, pass } = shown();
  display.update(progress(0, 0), 'running', []);
  pass(1);
  display.update(progress(3, 0), 'running', []);
  pass(0.1);
  display.update(progress(4, 0), 'running', []);
  display.update(progress(4, 0), 'running', ['no metrics worker is connected', 'NATS cannot be reached']);
  display.update(progress(4, 1), 'running', []);
  expect(lines.slice(2)).toEqual([
    '36 %  maps 4/10, samples scored 0/10, waits: no metrics worker is connected; NATS cannot be reached',
    '37 %  maps 4/10, samples scored 1/10',
  ]);
});

it('tells the first progress at once, however long the start took', () => {
  const { display, lines, pass } = shown();
  for (let second = 0; second < 100; second += 1) {
    display.update(progress(0, 0), 'running', []);
    pass(1);
  }
  display.update(progress(1, 0), 'running', []);
  expect(lines).toEqual(['0 %  maps 0/10, samples scored 0/10, starting', '9 %  maps 1/10, samples scored 0/10']);
});

it('is not at 100 % before the run is over, and says so when all is done', () => {
  const { display, lines } = shown();
  display.update(progress(10, 10), 'running', []);
  display.stop();
  expect(lines).toEqual(['99 %  maps 10/10, samples scored 10/10, finishing']);
});

it.each<[RunState, string]>([
  ['cancelled', '45 %  maps 5/10, samples scored 0/10'],
  ['done-with-failures', '100 %  maps 5/10, samples scored 0/10'],
])('tells of a run that is %s no time', (state, line) => {
  const { display, lines } = shown();
  display.update(progress(5, 0), state, ['it is being cancelled']);
  expect(lines).toEqual([line]);
});

it('counts samples where the orchestrator does not tell the work', () => {
  const { display, lines } = shown();
  display.update({ samples: 10, explained: 4, scored: 2, failed: 1 }, 'running', []);
  expect(lines).toEqual(['40 %  maps 4/10, samples scored 2/10, failed 1, starting']);
});
