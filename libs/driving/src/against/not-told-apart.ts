import { canonicalJson, grouped, type Decisions, type PairDecision, type Reason, type TableRow } from '@xaigrid/contracts';

/**
 * Rows whose method the samples of their run do not tell apart from another, where the run takes no more samples.
 * @param decisions of runs that take samples until pairs are decided, by run
 */
export function notToldApart(rows: readonly TableRow[], decisions: ReadonlyMap<string, Decisions>): Map<TableRow, Reason> {
  const found = new Map<TableRow, Reason>();
  const openOf = new Map([...decisions].map(([run, { pairs }]) => [run, openPairs(pairs)]));
  for (const row of rows) {
    const of = decisions.get(row.runId)?.taken.find(({ dataset, model }) => dataset === row.dataset && model === row.model);
    if (of?.end === undefined) continue;
    const others = (openOf.get(row.runId)?.get(keyOf(row)) ?? []).flatMap(({ first, second }) =>
      first === row.label ? [second] : second === row.label ? [first] : [],
    );
    if (others.length > 0)
      found.set(row, {
        code: 'not-told-apart',
        text: `not told apart from ${others.join(', ')} by ${of.samples} of ${of.of} samples`,
      });
  }
  return found;
}

/** The undecided pairs, by what they are scored on and by. */
function openPairs(pairs: readonly PairDecision[]): ReadonlyMap<string, readonly PairDecision[]> {
  return grouped(
    pairs.filter(({ verdict }) => verdict === 'undecided'),
    keyOf,
  );
}

function keyOf({ dataset, model, metric, scoredClass, setting }: TableRow | PairDecision): string {
  return canonicalJson([dataset, model, metric, scoredClass, setting]);
}
