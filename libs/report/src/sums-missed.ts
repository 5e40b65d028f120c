import type { TableRow } from '@xaigrid/contracts';
import { groupsOf } from './groups.js';
import { formatShare } from './table-columns.js';

/** What a user can set to make maps add up, by method. Other methods have nothing to set. */
export type SumRemedies = ReadonlyMap<string, string>;

/** `integrated-gradients: 20 of 24 maps, at most by 101 %; raise steps`, one an evaluation whose maps do not add up. */
export function sumsMissed(rows: readonly TableRow[], remedies: SumRemedies): string[] {
  return groupsOf(rows, ({ label }) => label).flatMap(([label, group]) => {
    const found = group.find(({ sumMissed }) => sumMissed !== undefined);
    if (found?.sumMissed === undefined) return [];
    const remedy = remedies.get(found.method);
    const { samples, largest } = found.sumMissed;
    return [
      `${label}: ${samples} of ${found.planned} maps, at most by ${formatShare(largest)}${remedy === undefined ? '' : `; ${remedy}`}`,
    ];
  });
}
