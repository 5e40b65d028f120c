import { shortText } from '@xaigrid/report';
import { Format, Presets, SingleBar } from 'cli-progress';
import type { ProgressDisplay } from './index.js';
import type { RunReading, RunWatch } from './run-watch.js';

/** Between two updates the time left goes down with the clock. */
const REDRAW_MS = 1_000;

/** A bar on stderr. Where the run waits, the reason has its place: it is what the user can do something about. */
export function barProgress(watch: RunWatch, width: number): ProgressDisplay {
  let reading: RunReading | undefined;
  const bar = new SingleBar(
    {
      format: (options, { progress }) =>
        reading === undefined ? '' : shortText(lineOf(reading, Format.BarFormat(progress, options)), width),
      stream: process.stderr,
      hideCursor: true,
      clearOnComplete: true,
      barsize: 16,
    },
    Presets.shades_classic,
  );
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

function lineOf({ progress, percent, left, waits }: RunReading, bar: string): string {
  const { samples, explained, scored, failed } = progress;
  if (waits) return `${percent} %  ${left}`;
  const counts = `maps ${explained}/${samples}  scores ${scored}/${samples}${failed > 0 ? `  failed ${failed}` : ''}`;
  return `${bar} ${percent} %  ${counts}${left === '' ? '' : `  ${left}`}`;
}
