import type { PlannedEvaluation, PlannedSetting, Reuse, RunSubmission } from '@xaigrid/contracts';
import type { Left } from './estimate.js';

/** What is stored of one evaluation of a plan, and what is left to compute. */
export interface PlanReuse {
  readonly plan: PlannedEvaluation;
  readonly reuse: Reuse;
  readonly left: Left;
}

type AskReuse = (submission: Pick<RunSubmission, 'evaluations' | 'choices'>) => Promise<readonly Reuse[]>;

/**
 * Asks a store what it has of a plan. If there are several metrics, it asks for each, because missing scores cost differently by
 * metric.
 */
export async function reuseOf(ask: AskReuse, run: RunSubmission): Promise<PlanReuse[]> {
  const answers = await ask(withoutWork(run));
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
      metrics.size === 1 ? stored.map(({ reuse }) => reuse) : await ask(withoutWork({ ...run, evaluations: asked }));
    for (const [i, { at }] of asked.entries()) {
      const answer = ofMetric[i];
      if (answer !== undefined) stored[at]?.scores.set(metric, answer);
    }
  }
  return stored.map(({ plan, reuse, scores }) => ({ plan, reuse, left: leftOf(reuse, scores) }));
}

const metricOf = ({ metric }: PlannedSetting): string => metric;

/** The plan without its costs, which the store does not need. */
function withoutWork(run: RunSubmission): RunSubmission {
  return { ...run, evaluations: run.evaluations.map(({ plan, shardSize }) => ({ plan, shardSize })) };
}

function leftOf({ samples, storedMaps }: Reuse, scores: ReadonlyMap<string, Reuse>): Left {
  const missing = [...scores].map(([metric, { settings, storedScores }]) => {
    return [metric, 1 - storedScores / (samples * settings)] as const;
  });
  return { maps: samples - storedMaps, scores: new Map(missing) };
}
