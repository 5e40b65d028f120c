import type { Terminal } from '../terminal.js';
import type { ProgressStyle } from './index.js';

/** Seconds between lines. Most data sets are read before the first one. */
const SECONDS = 5;

/**
 * Tells how far the files of a data set are read and hashed, in a line every five seconds: `tissues: 1200 of 5000 images are
 * read.`
 * @param now seconds
 */
export function createReadingProgress(
  terminal: Pick<Terminal, 'note'>,
  style: ProgressStyle,
  now = (): number => performance.now() / 1000,
): (dataset: string, done: number, total: number) => void {
  let last = now();
  return (dataset, done, total) => {
    if (now() - last < SECONDS) return;
    last = now();
    terminal.note(
      style === 'json'
        ? JSON.stringify({ reading: { dataset, done, total } })
        : `${dataset}: ${done} of ${total} images are read.`,
    );
  };
}
