import { oneOf } from '../one-of.js';
import type { Terminal } from '../terminal.js';
import { barProgress } from './bar.js';
import { jsonProgress } from './json-lines.js';
import { lineProgress } from './lines.js';
import { createRunWatch } from '@xaigrid/contracts';
import type { ProgressDisplay } from './progress-display.js';

const styles = ['auto', 'lines', 'json'] as const;

/** How progress is shown. `auto`: as a bar on a terminal, and as lines elsewhere. */
export type ProgressStyle = (typeof styles)[number];

/** @throws USAGE */
export function progressStyle(text = 'auto'): ProgressStyle {
  return oneOf(text, styles, '--progress');
}

/** Shows the progress of a run and the time left. */
export function createProgress(terminal: Terminal, style: ProgressStyle): ProgressDisplay {
  const now = (): number => performance.now() / 1000;
  const watch = createRunWatch(now);
  const note = (line: string): void => terminal.note(line);
  if (style === 'json') return jsonProgress(watch, note, now);
  return style === 'auto' && terminal.interactive ? barProgress(watch, terminal.width) : lineProgress(watch, note, now);
}
