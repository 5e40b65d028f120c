import { XaigridError, type PlannedEvaluation, type PlannedSetting, type Reuse, type RunSubmission } from '@xaigrid/contracts';
import type { RunControl } from '@xaigrid/control';
import type { PlannedRun } from '@xaigrid/planning';
import { defaultThreads } from '@xaigrid/service';
import { counted } from '../counted.js';
import { estimateRun, type Left } from '../estimate/estimate.js';
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
  const estimates = await estimateRun(planned, { threads, left: stored.map(leftOf) });
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

/** What is stored of one evaluation: in all, and the scores by metric. */
interface Stored {
  readonly plan: PlannedEvaluation;
  readonly reuse: Reuse;
  readonly scores: ReadonlyMap<string, Pick<Reuse, 'settings' | 'storedScores'>>;
}

/** If there is no store yet, none is made, and nothing is stored. */
async function storedOf(terminal: Terminal, run: RunSubmission, options: ControlOptions): Promise<Stored[]> {
  try {
    return await withControl(options, (control) => askStore(control, run));
  } catch (error) {
    if (!(error instanceof XaigridError) || error.code !== 'STORE_NOT_FOUND') throw error;
    terminal.note(error.message);
    return run.evaluations.map(({ plan }) => ({
      plan,
      reuse: { label: plan.label, samples: plan.samples, storedMaps: 0, settings: plan.settings.length, storedScores: 0 },
      scores: new Map(),
    }));
  }
}

/** If there are several metrics, asks for each, because missing scores cost differently by metric. */
async function askStore(control: Pick<RunControl, 'reuse'>, run: RunSubmission): Promise<Stored[]> {
  const answers = await control.reuse(withoutWork(run));
  const stored = run.evaluations.flatMap(({ plan }, at) => {
    const reuse = answers[at];
    return reuse === undefined ? [] : [{ plan, reuse, scores: new Map<string, Reuse>() }];
  });
  const metrics = new Set(run.evaluations.flatMap(({ plan }) => plan.settings.map(metricOf)));
  for (const metric of metrics) {
    const asked = [...run.evaluations.entries()].flatMap(([at, { plan, shardSize }]) => {
      const settings = plan.settings.filter((setting) => metricOf(setting) === metric);
      return settings.length === 0 ? [] : [{ at, plan: { ...plan, settings }, shardSize }];
    });
    const ofMetric =
      metrics.size === 1 ? stored.map(({ reuse }) => reuse) : await control.reuse(withoutWork({ ...run, evaluations: asked }));
    for (const [i, { at }] of asked.entries()) {
      const answer = ofMetric[i];
      if (answer !== undefined) stored[at]?.scores.set(metric, answer);
    }
  }
  return stored;
}

const metricOf = ({ metric }: PlannedSetting): string => metric;

/** The plan without its costs, which the store does not need. */
function withoutWork(run: RunSubmission): RunSubmission {
  return { ...run, evaluations: run.evaluations.map(({ plan, shardSize }) => ({ plan, shardSize })) };
}

function leftOf({ reuse: { samples, storedMaps }, scores }: Stored): Left {
  const missing = [...scores].map(([metric, { settings, storedScores }]) => {
    return [metric, 1 - storedScores / (samples * settings)] as const;
  });
  return { maps: samples - storedMaps, scores: new Map(missing) };
}

/** Named as `validate` names evaluations. */
function reuseText({ plan: { dataset, model }, reuse: { label, samples, storedMaps, settings, storedScores } }: Stored): string {
  const scores = samples * settings;
  return `${dataset.name} × ${model.name} × ${label}: ${counted(samples - storedMaps, 'map')} to compute (${storedMaps} of ${samples} stored), ${counted(scores - storedScores, 'score')} to compute (${storedScores} of ${scores} stored)`;
}
