import type { Cluster } from './hierarchy.js';

/** Coalitions that are tried in one call, as in shap: the next cuts are chosen when their values are known. */
const TOGETHER = 10;

/** The sets of features that are there while a cluster is tried, from the last one that came. */
interface Context {
  readonly cluster: Cluster;
  readonly before: Context | undefined;
}

/** A cluster in a context: the value of the context alone and with the cluster, and what share of the credit it has. */
interface Trial {
  readonly cluster: Cluster;
  readonly context: Context | undefined;
  readonly without: number;
  readonly with: number;
  readonly weight: number;
}

/**
 * Owen values (Owen 1977) over a hierarchy of features: the credit of a cluster is shared by its two parts, each with the mean of
 * what it adds alone and beside the other part; so do their parts, in each of these contexts. The clusters that matter most are cut
 * first, as in `PartitionExplainer` of shap 0.51. When the coalitions are used up, the credit of a cluster that was not cut goes to
 * its features in equal parts.
 * @param budget the largest number of coalitions, even, without the empty and the full one
 * @returns one value per feature, in float64
 */
export async function owenValues(
  root: Cluster,
  {
    ends: { empty, full },
    budget,
    valuesOf,
  }: {
    readonly ends: { readonly empty: number; readonly full: number };
    readonly budget: number;
    readonly valuesOf: (members: readonly Uint8Array[]) => Promise<Float64Array>;
  },
): Promise<Float64Array> {
  const credits = new Float64Array(root.features.length);
  const credit = ({ cluster: { features }, with: after, without, weight }: Trial): void => {
    const share = ((after - without) * weight) / features.length;
    for (const feature of features) credits[feature] = (credits[feature] ?? 0) + share;
  };
  const queue: Trial[] = [{ cluster: root, context: undefined, without: empty, with: full, weight: 1 }];
  for (let left = budget; left > 0 && queue.length > 0;) {
    const cuts: { readonly trial: Trial; readonly parts: readonly [Cluster, Cluster] }[] = [];
    while (queue.length > 0 && 2 * cuts.length < Math.min(TOGETHER, left)) {
      const trial = queue.pop();
      if (trial === undefined) break;
      if (trial.cluster.parts === undefined) credit(trial);
      else cuts.push({ trial, parts: trial.cluster.parts });
    }
    if (cuts.length === 0) break;
    const contexts = cuts.flatMap(({ trial: { context: before }, parts }) => parts.map((cluster) => ({ cluster, before })));
    const values = await valuesOf(contexts.map((context) => membersOf(context, root.features.length)));
    left -= contexts.length;
    for (const [at, { trial, parts }] of cuts.entries()) {
      for (const part of [0, 1] as const) {
        const [own, other] = [values[2 * at + part] ?? NaN, values[2 * at + 1 - part] ?? NaN];
        const shared = { cluster: parts[part], weight: trial.weight / 2 };
        insert(queue, { ...shared, context: trial.context, without: trial.without, with: own });
        insert(queue, { ...shared, context: contexts[2 * at + 1 - part], without: other, with: trial.with });
      }
    }
  }
  for (const trial of queue) credit(trial);
  return credits;
}

function membersOf(context: Context | undefined, features: number): Uint8Array {
  const members = new Uint8Array(features);
  for (let at = context; at !== undefined; at = at.before) for (const feature of at.cluster.features) members[feature] = 1;
  return members;
}

const priority = ({ without, with: after, weight }: Trial): number => Math.abs(after - without) * weight;

/** Into a queue whose last entry has the highest priority; of equal ones, the first that came. */
function insert(queue: Trial[], trial: Trial): void {
  let [low, high] = [0, queue.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const other = queue[middle];
    if (other !== undefined && priority(other) < priority(trial)) low = middle + 1;
    else high = middle;
  }
  queue.splice(low, 0, trial);
}
