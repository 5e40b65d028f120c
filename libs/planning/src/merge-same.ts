import { canonicalJson, mapSetKey, type AggregatedMeasure, type PlannedEvaluation } from '@xaigrid/contracts';

/** One planned evaluation of a run. */
export interface EvaluationToRun {
  readonly plan: PlannedEvaluation;
  /** The measures of each setting's metric, in the order of `plan.settings`. */
  readonly measures: readonly (readonly AggregatedMeasure[])[];
  readonly shardSize: number;
  /** What the user should know about it, one sentence each. */
  readonly notes: readonly string[];
  /** Whether `controls: true` added it. */
  readonly isAdded: boolean;
}

/**
 * Merges equal evaluations. If a spec names an explainer twice for one model and data set, equal in everything, it is one
 * evaluation with the settings of both.
 * @returns the evaluations, their notes, and a sentence for each that was named more than once
 */
export function mergeSame(evaluations: readonly EvaluationToRun[]): {
  readonly evaluations: EvaluationToRun[];
  readonly notes: string[];
} {
  const merged = new Map<string, EvaluationToRun>();
  const notes = new Set<string>();
  for (const evaluation of evaluations) {
    const { plan } = evaluation;
    evaluation.notes.forEach((note) => notes.add(note));
    const key = canonicalJson([mapSetKey(plan), plan.label, plan.dataset.name, plan.model.name]);
    const former = merged.get(key);
    if (former === undefined) {
      merged.set(key, evaluation);
      continue;
    }
    merged.set(key, withSettingsOf(former, evaluation));
    // Who asks for controls in two places names nothing twice.
    if (former.isAdded || evaluation.isAdded) continue;
    notes.add(
      `The spec names ${plan.label} on ${plan.dataset.name} (${plan.model.name}) more than once with the same settings. This is one evaluation, with all the metrics.`,
    );
  }
  return { evaluations: [...merged.values()], notes: [...notes] };
}

function withSettingsOf(first: EvaluationToRun, second: EvaluationToRun): EvaluationToRun {
  const known = new Set(first.plan.settings.map((setting) => canonicalJson(setting)));
  const added = [...second.plan.settings.entries()].filter(([, setting]) => !known.has(canonicalJson(setting)));
  return {
    ...first,
    plan: { ...first.plan, settings: [...first.plan.settings, ...added.map(([, setting]) => setting)] },
    measures: [...first.measures, ...added.map(([position]) => second.measures[position] ?? [])],
    isAdded: first.isAdded && second.isAdded,
  };
}
