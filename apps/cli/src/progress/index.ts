import type { Terminal } from '../terminal.js';
import { barProgress } from './bar.js';
import { lineProgress } from './lines.js';
import { createRunWatch } from './run-watch.js';
import type { ProgressDisplay } from './progress-display.js';

/** Shows the progress of a run and the time left: a bar on a terminal, plain lines otherwise. */
export function createProgress(terminal: Terminal): ProgressDisplay {
  const now = (): number => performance.now() / 1000;
  const watch = createRunWatch(now);
  return terminal.interactive ? barProgress(watch, terminal.width) : lineProgress(watch, (line) => terminal.note(line), now);
}
