import { shortText } from '@xaigrid/report';
import { SingleBar } from 'cli-progress';
import type { ProgressDisplay } from './progress-display.js';
import type { RunReading, RunWatch } from '@xaigrid/contracts';

/** Between two updates, the time left decreases with the clock. */
const REDRAW_MS = 1_000;

/** With counts of four figures and the longest time left a line has 80. */
const BAR_CHARACTERS = 16;

/** A bar on stderr. If the run waits, the reason is shown instead of bar and counts, because the user may be able to act. */
export function barProgress(watch: RunWatch, width: number): ProgressDisplay {
  let reading: RunReading | undefined;
  const bar = new SingleBar({
    format: () => (reading === undefined ? '' : shortText(lineOf(reading), width)),
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
  });
  let redrawing: NodeJS.Timeout | undefined;
  const draw = (): void => {
    reading = watch.read();
    if (reading === undefined) return;
    if (redrawing === undefined) {
      redrawing = setInterval(draw, REDRAW_MS).unref();
      bar.start(100, reading.percent);
    } else bar.update(reading.percent);
  };
  return {
    update(...news) {
      watch.update(...news);
      draw();
    },
    stop() {
      clearInterval(redrawing);
      bar.stop();
    },
  };
}

function lineOf({ progress, percent, left, waits }: RunReading): string {
  const { samples, explained, scored, failed } = progress;
  if (waits) return `${percent} %  ${left}`;
  const counts = `maps ${explained}/${samples}  scored ${scored}/${samples}${failed > 0 ? `  failed ${failed}` : ''}`;
  const full = Math.round((percent / 100) * BAR_CHARACTERS);
  const bar = '█'.repeat(full) + '░'.repeat(BAR_CHARACTERS - full);
  return `${bar} ${percent} %  ${counts}${left === '' ? '' : `  ${left}`}`;
}
