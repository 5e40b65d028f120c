import type { TableRow } from './api.js';
import { canonicalJson } from './canonical-json.js';
import { grouped } from './grouped.js';

/**
 * The setting at which methods are compared: of the settings that most methods have, the one where their values are furthest
 * apart; of equal ones the first. Controls do not count if two others are left, because the distance of a control is not a
 * difference between methods.
 * @param options.measure the measure to compare by
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

/** Rates that are divided by another number than that of the samples are left out where there are others. */
export function withoutOtherDivisors<Row extends Pick<TableRow, 'divisor'>>(rows: readonly Row[]): readonly Row[] {
  const undivided = rows.filter(({ divisor }) => divisor === undefined);
  return undivided.length > 0 ? undivided : rows;
}

export function sameSetting(a: TableRow['setting'], b: TableRow['setting']): boolean {
  return canonicalJson(a) === canonicalJson(b);
}

/** A measure of a row; undefined where it is not there or no finite number. */
export function measuredValue(row: TableRow, name: string): number | undefined {
  const value = row.measures[name]?.value;
  return value !== undefined && Number.isFinite(value) ? value : undefined;
}
