import type { RunProgress } from '@xaigrid/contracts';
import { Presets, SingleBar } from 'cli-progress';
import type { Terminal } from './terminal.js';

export interface ProgressDisplay {
  update(progress: RunProgress): void;
  stop(): void;
}

/** Where there is no terminal: milliseconds to the second line. Each further one waits twice as long, so that logs stay short. */
const FIRST_GAP_MS = 1_000;
const LONGEST_GAP_MS = 30_000;

/** A bar on a terminal, plain lines otherwise. Work counts twice a sample: once explained, once scored. */
export function createProgress(terminal: Terminal): ProgressDisplay {
  return terminal.interactive ? barProgress() : lineProgress(terminal);
}

function barProgress(): ProgressDisplay {
  const bar = new SingleBar(
    {
      format: '{bar} {percentage} %  maps {explained}/{samples}  scores {scored}/{samples}{failures}  {eta_formatted} left',
      stream: process.stderr,
      hideCursor: true,
      clearOnComplete: true,
      barsize: 24,
    },
    Presets.shades_classic,
  );
  let started = false;
  return {
    update(progress) {
      const payload = { ...progress, failures: progress.failed > 0 ? `  failed ${progress.failed}` : '' };
      const done = progress.explained + progress.scored;
      if (started) bar.update(done, payload);
      else bar.start(2 * progress.samples, done, payload);
      started = true;
    },
    stop: () => bar.stop(),
  };
}

function lineProgress(terminal: Terminal): ProgressDisplay {
  let lastLine = '';
  let nextTime = -Infinity;
  let gap = FIRST_GAP_MS;
  let latest: RunProgress | undefined;
  const say = (): void => {
    if (latest === undefined) return;
    const { samples, explained, scored, failed } = latest;
    const line = `maps ${explained}/${samples}, scores ${scored}/${samples}${failed > 0 ? `, failed ${failed}` : ''}`;
    if (line !== lastLine) terminal.note(line);
    lastLine = line;
    nextTime = performance.now() + gap;
    gap = Math.min(2 * gap, LONGEST_GAP_MS);
  };
  return {
    update(progress) {
      latest = progress;
      if (performance.now() >= nextTime) say();
    },
    stop: say,
  };
}
