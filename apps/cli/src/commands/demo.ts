import { shippedFile } from '../shipped-file.js';
import type { Terminal } from '../terminal.js';
import { run, type RunOptions } from './run.js';

/** Those of `run` that do not describe one's own runs. */
export type DemoOptions = Omit<RunOptions, 'detach' | 'tag' | 'note'>;

/** `xaigrid demo`: computes `examples/demo.yaml`, which comes with xaigrid, and prints its tables. */
export function demo(terminal: Terminal, options: DemoOptions): Promise<void> {
  return run(terminal, shippedFile('examples/demo.yaml'), { ...options, tag: [] });
}
