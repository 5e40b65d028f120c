import { counted } from '../counted.js';
import { openControl, withControl } from '../open-control.js';
import type { Terminal } from '../terminal.js';
import { progressStyle } from '../progress/index.js';
import { followToEnd } from './run.js';
import type { ControlOptions } from '../control-options.js';

export interface ResumeOptions extends ControlOptions {
  readonly failed?: boolean;
  readonly threads?: number;
  readonly json?: boolean;
  readonly progress?: string;
}

/** `xaigrid resume RUN`: goes on with an interrupted, failed or cancelled run; what is stored stays. */
export async function resume(terminal: Terminal, reference: string, options: ResumeOptions): Promise<void> {
  progressStyle(options.progress);
  const open = await openControl(options);
  try {
    const { id, name, stopping } = await open.control.resume(reference, { retryFailed: options.failed === true });
    terminal.note(`run ${terminal.colors.bold(id)} (${name}), kept in ${open.control.location}`);
    if (stopping === true) terminal.note('It is taken over from a process that is still finishing its current work on it.');
    await followToEnd(terminal, open, id, options);
  } finally {
    await open.close();
  }
}

/** `xaigrid cancel RUN`: workers skip what is left of it; what is stored stays. */
export async function cancel(terminal: Terminal, reference: string, options: ControlOptions): Promise<void> {
  const { id } = await withControl(options, (control) => control.cancel(reference));
  terminal.note(`Run ${id} is being cancelled.`);
}

export interface GarbageOptions extends ControlOptions {
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** `xaigrid gc`: removes maps, scores and files that no run refers to. */
export async function collectGarbage(terminal: Terminal, options: GarbageOptions): Promise<void> {
  const report = await withControl(options, (control) => control.collectGarbage({ dryRun: options.dryRun === true }));
  if (options.json === true) {
    terminal.data(`${JSON.stringify(report)}\n`);
    return;
  }
  const megabytes = (report.mapBytes / 1_000_000).toFixed(1);
  const verb = options.dryRun === true ? 'would be removed' : 'removed';
  terminal.data(
    `${counted(report.maps, 'map')} (${megabytes} MB) in ${counted(report.mapSets, 'set')}, ${counted(report.scoreSets, 'score set')}, ${counted(report.artifacts, 'file')} ${verb}\n`,
  );
}
