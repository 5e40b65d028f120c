import { XaigridError, type RunDetails } from '@xaigrid/contracts';
import type { RunControl } from '@xaigrid/control';
import { counted } from '../counted.js';
import { commandLine } from '../hints.js';
import { withControl } from '../open-control.js';
import type { Terminal } from '../terminal.js';
import { minute } from './list.js';
import type { ControlOptions } from '../control-options.js';

export interface RemoveOptions extends ControlOptions {
  readonly yes?: boolean;
}

/** `xaigrid remove RUN…`: says what will be removed, asks, and removes it; `gc` then removes maps that no other run needs. */
export async function remove(terminal: Terminal, references: readonly string[], options: RemoveOptions): Promise<void> {
  await withControl(options, async (control) => {
    const runs = await findAll(control, references);
    for (const run of runs) terminal.note(whatIsRemoved(run));
    if (!(await isMeant(terminal, runs.length, options))) {
      terminal.note('Nothing was removed.');
      process.exitCode = 1;
      return;
    }
    for (const { id } of runs) {
      await control.remove(id);
      terminal.note(`Run ${id} is removed.`);
    }
    terminal.note(
      `Their maps and scores are still stored. This removes the ones that no other run needs: ${commandLine(options, 'gc')}`,
    );
  });
}

/** Finds all runs before the first is removed. @throws RUN_NOT_FOUND, RUN_AMBIGUOUS, RUN_STATE */
async function findAll(control: RunControl, references: readonly string[]): Promise<RunDetails[]> {
  const found = new Map<string, RunDetails>();
  for (const reference of references) {
    const run = await control.show(reference);
    if (run.state === 'running')
      throw new XaigridError('RUN_STATE', `Run ${run.id} is running. Cancel it before you remove it. Nothing was removed.`);
    found.set(run.id, run);
  }
  return [...found.values()];
}

function whatIsRemoved({ id, name, state, createdAt, evaluations, progress }: RunDetails): string {
  const datasets = [...new Set(evaluations.map(({ dataset }) => dataset))].join(', ');
  return `${id}  ${name}, ${state}, of ${minute(createdAt)} UTC: its spec, ${counted(evaluations.length, 'evaluation')} of ${datasets}, ${progress.scored} of ${counted(progress.samples, 'sample')} scored`;
}

async function isMeant({ ask }: Terminal, count: number, { yes }: RemoveOptions): Promise<boolean> {
  if (yes === true) return true;
  if (ask === undefined)
    throw new XaigridError('USAGE', 'There is no terminal to ask for confirmation. Add --yes to remove these runs.');
  const answer = await ask(`Remove ${count === 1 ? 'this run' : `these ${count} runs`}? This cannot be undone. [y/N] `);
  return /^y(es)?$/i.test(answer.trim());
}
