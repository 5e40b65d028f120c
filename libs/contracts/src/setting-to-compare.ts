import type { TableRow } from './api.js';
import { canonicalJson } from './canonical-json.js';
import { grouped } from './grouped.js';

/**
 * The setting at which methods are compared: where their values lie furthest apart among the settings that most methods have; of equals the
 * first. Controls do not count where two others are left: how far a control lies off is no difference between methods.
 * @param options.measure the measure that tells methods apart
 */
export function settingToCompare(
  rows: readonly TableRow[],
  { measure, controls }: { readonly measure: string; readonly controls: ReadonlySet<string> },
): TableRow['setting'] | undefined {
  const groups = grouped(
    rows.filter((row) => measuredValue(row, measure) !== undefined),
    ({ setting }) => canonicalJson(setting),
  );
  const settings = [...groups.values()];
  const most = Math.max(...settings.map((group) => group.length));
  const spread = (group: readonly TableRow[]): number => {
    const telling = group.filter(({ method }) => !controls.has(method));
    const values = (telling.length > 1 ? telling : group).map((row) => measuredValue(row, measure) ?? 0);
    return Math.max(...values) - Math.min(...values);
  };
  return settings
    .filter((group) => group.length === most)
    .reduce<readonly TableRow[] | undefined>(
      (best, group) => (best === undefined || spread(group) > spread(best) ? group : best),
      undefined,
    )
    ?.at(0)?.setting;
}

export function sameSetting(a: TableRow['setting'], b: TableRow['setting']): boolean {
  return canonicalJson(a) === canonicalJson(b);
}

/** A measure of a row; undefined where it is not there or no finite number. */
export function measuredValue(row: TableRow, name: string): number | undefined {
  const value = row.measures[name]?.value;
  return value !== undefined && Number.isFinite(value) ? value : undefined;
}
