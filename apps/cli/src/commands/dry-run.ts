import { XaigridError, type RunSubmission } from '@xaigrid/contracts';
import { estimateRun, reuseOf, type PlannedRun, type PlanReuse } from '@xaigrid/planning';
import { defaultThreads } from '@xaigrid/service';
import { counted } from '../counted.js';
import { printEstimates } from '../estimate/estimate-text.js';
import { fitLines } from '../fit-lines.js';
import { withControl } from '../open-control.js';
import type { Terminal } from '../terminal.js';
import type { ControlOptions } from '../control-options.js';

export interface DryRunOptions extends ControlOptions {
  readonly threads?: number;
  readonly json?: boolean;
}

export interface DryRun {
  readonly planned: PlannedRun;
  readonly run: RunSubmission;
}

/** `xaigrid run SPEC --dry-run`: what is stored already, and what the rest would take. */
export async function dryRun(terminal: Terminal, { planned, run }: DryRun, options: DryRunOptions): Promise<void> {
  const stored = await storedOf(terminal, run, options);
  const { threads = defaultThreads(), server } = options;
  const estimates = await estimateRun(planned, { threads, left: stored.map(({ left }) => left) });
  if (options.json === true) {
    const described = stored.map(({ plan: { dataset, model }, reuse }, at) => ({
      ...{ dataset: dataset.name, model: model.name, ...reuse },
      estimate: estimates.evaluations[at],
    }));
    terminal.data(`${JSON.stringify(described, undefined, 2)}\n`);
    for (const reason of estimates.untimed) terminal.note(reason);
    return;
  }
  for (const one of stored) terminal.data(`${fitLines(reuseText(one), terminal.tables.width)}\n`);
  printEstimates(
    terminal,
    planned.evaluations.map(({ plan }) => plan),
    estimates,
  );
  if (server !== undefined) terminal.note(`Times are for this machine, not for the workers of ${server}.`);
}

/** If there is no store yet, none is made, and nothing is stored. */
async function storedOf(terminal: Terminal, run: RunSubmission, options: ControlOptions): Promise<PlanReuse[]> {
  try {
    return await withControl(options, (control) => reuseOf((asked) => control.reuse(asked), run));
  } catch (error) {
    if (!(error instanceof XaigridError) || error.code !== 'STORE_NOT_FOUND') throw error;
    terminal.note(error.message);
    return run.evaluations.map(({ plan }) => ({
      plan,
      reuse: { label: plan.label, samples: plan.samples, storedMaps: 0, settings: plan.settings.length, storedScores: 0 },
      left: { maps: plan.samples },
    }));
  }
}

/** Named as `validate` names evaluations. */
function reuseText({
  plan: { dataset, model },
  reuse: { label, samples, storedMaps, settings, storedScores },
}: PlanReuse): string {
  const scores = samples * settings;
  return `${dataset.name} × ${model.name} × ${label}: ${counted(samples - storedMaps, 'map')} to compute (${storedMaps} of ${samples} stored), ${counted(scores - storedScores, 'score')} to compute (${storedScores} of ${scores} stored)`;
}
