import { canonicalJson, type Decisions, type Reason, type TableRow } from '@xaigrid/contracts';

/**
 * Rows whose method the samples of their run do not tell apart from another, where the run takes no more samples.
 * @param decisions of runs that take samples until pairs are decided, by run
 */
export function notToldApart(rows: readonly TableRow[], decisions: ReadonlyMap<string, Decisions>): Map<TableRow, Reason> {
  const found = new Map<TableRow, Reason>();
  for (const row of rows) {
    const { taken = [], pairs = [] } = decisions.get(row.runId) ?? {};
    const of = taken.find(({ dataset, model }) => dataset === row.dataset && model === row.model);
    if (of?.end === undefined) continue;
    const others = pairs.flatMap((pair) => {
      const isHere =
        pair.verdict === 'undecided' &&
        canonicalJson([pair.dataset, pair.model, pair.metric, pair.scoredClass, pair.setting]) ===
          canonicalJson([row.dataset, row.model, row.metric, row.scoredClass, row.setting]);
      if (!isHere) return [];
      return pair.first === row.label ? [pair.second] : pair.second === row.label ? [pair.first] : [];
    });
    if (others.length > 0)
      found.set(row, {
        code: 'not-told-apart',
        text: `not told apart from ${others.join(', ')} by ${of.samples} of ${of.of} samples`,
      });
  }
  return found;
}
