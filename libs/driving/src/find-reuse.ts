import { grouped, mapSetKey, scoreSetKey, type PlannedEvaluation, type Reuse, type RunSubmission } from '@xaigrid/contracts';
import type { Store } from '@xaigrid/store';

/**
 * What is stored of each evaluation. A sweep has thousands of evaluations, most of them with the same samples. These are counted
 * together, so the store is asked twice per choice of samples.
 */
export async function findReuse(
  { maps, scores }: Pick<Store, 'maps' | 'scores'>,
  { evaluations, choices = {} }: Pick<RunSubmission, 'evaluations' | 'choices'>,
): Promise<Reuse[]> {
  const keyed = evaluations.map(({ plan }) => {
    const key = mapSetKey(plan);
    return { plan, key, scoreKeys: plan.settings.map((setting) => scoreSetKey(key, setting)) };
  });
  const found = new Map<PlannedEvaluation, Reuse>();
  for (const group of grouped(keyed, ({ plan }) => plan.chosen?.sha256 ?? plan.samples).values()) {
    const [{ plan: one }] = group;
    const chosen = one.chosen === undefined ? undefined : choices[one.chosen.sha256];
    const samples = chosen === undefined ? one.samples : Int32Array.from(chosen);
    const storedMaps = await maps.countStored([...new Set(group.map(({ key }) => key))], samples);
    const storedScores = await scores.countStored([...new Set(group.flatMap(({ scoreKeys }) => scoreKeys))], samples);
    for (const { plan, key, scoreKeys } of group)
      found.set(plan, {
        label: plan.label,
        samples: plan.samples,
        storedMaps: storedMaps.get(key) ?? 0,
        settings: plan.settings.length,
        storedScores: scoreKeys.reduce((sum, own) => sum + (storedScores.get(own) ?? 0), 0),
      });
  }
  return evaluations.flatMap(({ plan }) => found.get(plan) ?? []);
}
