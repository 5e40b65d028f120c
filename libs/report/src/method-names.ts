import { canonicalJson, type TableRow } from '@xaigrid/contracts';
import { groupsOf } from './groups.js';

/** Ids of runs are not shortened to less than this. */
const SHORTEST_ID = 4;

/** Shortens the ids of runs as far as they still differ. */
export function shortIds(runIds: readonly string[]): (runId: string) => string {
  const ids = [...new Set(runIds)];
  const shortest = (length: number): number =>
    new Set(ids.map((id) => id.slice(0, length))).size === ids.length ? length : shortest(length + 1);
  const length = shortest(SHORTEST_ID);
  return (runId) => runId.slice(0, length);
}

export interface MethodName {
  readonly label: string;
  /** ` (r1, tensorflow)`: distinguishes it from others with the same label; empty if none has. */
  readonly aside: string;
}

/** A method of a run. */
export type NamedMethod = Pick<TableRow, 'dataset' | 'model' | 'runId' | 'label' | 'engine'>;

/** The name of a method. If its model and data set have the label in several runs or engines, the run or engine is added. */
export function namesIn(rows: readonly NamedMethod[]): (row: NamedMethod) => MethodName {
  const shortId = shortIds(rows.map(({ runId }) => runId));
  const keyOf = ({ dataset, model, label }: NamedMethod): string => canonicalJson([dataset, model, label]);
  const groups = new Map(groupsOf(rows, keyOf));
  return (row) => {
    const group = groups.get(keyOf(row)) ?? [];
    const differs = (of: (row: NamedMethod) => string): boolean => new Set(group.map(of)).size > 1;
    const aside = [
      ...(differs(({ runId }) => runId) ? [shortId(row.runId)] : []),
      ...(differs(({ engine }) => engine) ? [row.engine] : []),
    ].join(', ');
    return { label: row.label, aside: aside === '' ? '' : ` (${aside})` };
  };
}

export const wholeName = ({ label, aside }: MethodName): string => label + aside;
