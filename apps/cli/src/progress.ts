import type { RunProgress } from '@xaigrid/contracts';
import { Presets, SingleBar } from 'cli-progress';
import type { Terminal } from './terminal.js';

export interface ProgressDisplay {
  update(progress: RunProgress): void;
  stop(): void;
}

/** A line at most this often where there is no terminal. */
const LINE_EVERY_MS = 5_000;

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
  let lastTime = -Infinity;
  let latest: RunProgress | undefined;
  const say = (): void => {
    if (latest === undefined) return;
    const { samples, explained, scored, failed } = latest;
    const line = `maps ${explained}/${samples}, scores ${scored}/${samples}${failed > 0 ? `, failed ${failed}` : ''}`;
    if (line !== lastLine) terminal.note(line);
    lastLine = line;
    lastTime = performance.now();
  };
  return {
    update(progress) {
      latest = progress;
      if (performance.now() - lastTime >= LINE_EVERY_MS) say();
    },
    stop: say,
  };
}
