import { SUM_MISSED, type TableRow } from '@xaigrid/contracts';
import { formatSetting, formatShare } from '../table-columns.js';
import { groupsOf } from './page-parts.js';

export interface ResultWarning {
  readonly kind: 'incomplete' | 'few-samples' | 'collapse' | 'degenerate' | 'ties' | 'sum-missed' | 'same-increase';
  /** `sise on mnist1d (cnn)` */
  readonly subject: string;
  readonly text: string;
}

/** From this share of one class among the masked inputs on, rates are said to be of the mask more than of the map. */
const COLLAPSE = 0.8;

/** Below, a 95 % interval of a share of one half is wider than ±0.1. */
const FEW_SAMPLES = 100;

/** What a reader must know before believing the rows: nothing that is counted stays unsaid. */
export function resultWarnings(rows: readonly TableRow[]): ResultWarning[] {
  const subjects = groupsOf(rows, ({ label, dataset, model }) => `${label} on ${dataset} (${model})`);
  return subjects.flatMap(([subject, group]) => warningsOf(group).map((warning) => ({ subject, ...warning })));
}

function warningsOf(rows: readonly TableRow[]): Omit<ResultWarning, 'subject'>[] {
  const [first] = rows;
  if (first === undefined) return [];
  const fewest = rows.reduce((low, row) => (row.samples < low.samples ? row : low), first);
  const degenerate = Math.max(...rows.map((row) => row.degenerate));
  const of = (name: string, holds: (value: number) => boolean): TableRow[] =>
    rows.filter(({ measures, samples }) => samples > 0 && measures[name] !== undefined && holds(measures[name].value));
  const missed = rows.find(({ sumMissed }) => sumMissed !== undefined)?.sumMissed;
  const collapsed = of('maskedClass', (value) => value >= COLLAPSE);
  const tied = of('ties', (value) => value > 0);
  const value = (row: TableRow, name: string): number => row.measures[name]?.value ?? NaN;
  return [
    ...list(fewest.samples < fewest.planned, 'incomplete', `Only ${fewest.samples} of ${fewest.planned} samples are scored.`),
    ...list(
      fewest.planned < FEW_SAMPLES,
      'few-samples',
      `${fewest.planned} samples are few: a 95 % interval of a rate near one half is wider than ±${halfWidth(fewest.planned)}.`,
    ),
    ...list(
      collapsed.length > 0,
      'collapse',
      `Collapse at ${settingsOf(collapsed)}: up to ${percent(Math.max(...collapsed.map((row) => value(row, 'maskedClass'))))} of the masked inputs go to one class. The rates there say more about the mask than about the explanations.`,
    ),
    ...list(
      degenerate > 0,
      'degenerate',
      `${degenerate} of ${first.samples} maps are degenerate: they say nothing, but count in the rates.`,
    ),
    ...list(
      missed !== undefined,
      'sum-missed',
      `${missed?.samples ?? 0} of ${first.planned} maps do not add up to the change of the output that they explain: they miss it by more than ${formatShare(SUM_MISSED)}, at most by ${formatShare(missed?.largest ?? 0)}. Part of what should be explained is lost there.`,
    ),
    ...list(
      tied.length > 0,
      'ties',
      `Ties at the threshold at ${settingsOf(tied)}, in up to ${Math.max(...tied.map((row) => value(row, 'ties')))} samples: fewer positions were kept there than the keep fraction says.`,
    ),
    ...list(
      of('increase', (rate) => rate === 0).length > 0,
      'same-increase',
      `No sample increases at ${settingsOf(of('increase', (rate) => rate === 0))}.`,
    ),
    ...list(
      of('increase', (rate) => rate === 1).length > 0,
      'same-increase',
      `Every sample increases at ${settingsOf(of('increase', (rate) => rate === 1))}.`,
    ),
  ];
}

function list(holds: boolean, kind: ResultWarning['kind'], text: string): Omit<ResultWarning, 'subject'>[] {
  return holds ? [{ kind, text }] : [];
}

function settingsOf(rows: readonly TableRow[]): string {
  const settings = [...new Set(rows.map(({ setting }) => `keep ${formatSetting(setting)}`))];
  return settings.length <= 6
    ? settings.join('; ')
    : `${settings.slice(0, 5).join('; ')} and ${settings.length - 5} other settings`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}

/** Of the normal interval at one half. */
function halfWidth(samples: number): string {
  return (0.98 / Math.sqrt(Math.max(1, samples))).toFixed(2);
}
