import { type XaigridError } from '@xaigrid/contracts';
import type { EvaluationToRun } from './merge-same.js';
import { planEvaluation, planExplainer, plannedSettings, type EvaluationToPlan } from './plan-evaluation.js';
import { isOfEntry } from './with-location.js';

/**
 * What can be planned of a control that `controls: true` added: nobody listed it, so what it cannot serve is left out and said, and fails no plan.
 * @returns also what was left out, one sentence each; perhaps everything
 */
export async function planControl(
  work: EvaluationToPlan,
): Promise<{ readonly planned: readonly EvaluationToRun[]; readonly leftOut: readonly string[] }> {
  const { entry, dataset, model, metrics } = work;
  const name = `Control "${entry.label}"`;
  const place = `data set "${dataset.name}" and model "${model.reference.name}"`;
  const refused = await refusalOf(() => planExplainer(work));
  if (refused !== undefined) return { planned: [], leftOut: [`${name} is left out of ${place}. ${refused.message}`] };
  const leftOut: string[] = [];
  const served: EvaluationToPlan['metrics'][number][] = [];
  for (const chosen of metrics) {
    const refusal = await refusalOf(() => plannedSettings(chosen, work));
    if (refusal === undefined) served.push(chosen);
    else leftOut.push(`${name} is not scored by ${chosen.metric} on ${place}. ${refusal.message}`);
  }
  const planned = served.length === 0 ? [] : [await planEvaluation({ ...work, metrics: served })];
  return { planned, leftOut };
}

/** What is wrong with the entry; anything else is thrown. */
async function refusalOf(plan: () => unknown): Promise<XaigridError | undefined> {
  try {
    await plan();
    return undefined;
  } catch (error) {
    if (isOfEntry(error)) return error;
    throw error;
  }
}
