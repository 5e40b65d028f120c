import { isWarning, SUM_MISSED, type MeasureDescription, type MetricDescription, type TableRow } from '@xaigrid/contracts';
import { describedMetric, resultMeasures } from './descriptions.js';
import { groupsOf } from './groups.js';
import { mapDependence } from './map-dependence.js';
import { modelAccuracies } from './model-accuracy.js';
import { sumsMissed, type SumRemedies } from './sums-missed.js';
import { comparedAt } from './ranking.js';
import { wrapped } from './fit-table.js';
import { formatShare } from './table-columns.js';
import type { TextStyle } from './table-layouts.js';

export interface ResultWarning {
  readonly kind:
    'chance' | 'incomplete' | 'few-samples' | 'degenerate' | 'sum-missed' | 'undecided' | 'check' | 'all-same' | 'map-dependence';
  /** One sentence. */
  readonly text: string;
  /** One line per method, if there is more to say. */
  readonly details: readonly string[];
}

/** Places that a warning on a terminal lists; more are counted. */
const MOST_PLACES = 5;

/** With fewer samples, a 95 % interval of a share of one half is wider than ±0.1. */
const FEW_SAMPLES = 100;

/**
 * Warnings that a reader must know before trusting the rows of one model on one data set. Every problem that is counted gets one.
 */
export function resultWarnings(
  rows: readonly TableRow[],
  metrics: readonly MetricDescription[],
  sumRemedies: SumRemedies = new Map(),
): ResultWarning[] {
  const byMethod = groupsOf(rows, ({ label }) => label);
  const incomplete = byMethod.flatMap(([label, group]) => {
    const fewest = group.reduce((low, row) => (row.samples < low.samples ? row : low));
    return fewest.samples < fewest.planned ? [`${label}: ${fewest.samples} of ${fewest.planned} samples`] : [];
  });
  const degenerate = byMethod.flatMap(([label, group]) => {
    const most = group.reduce((high, row) => (row.degenerate > high.degenerate ? row : high));
    return most.degenerate > 0 ? [`${label}: ${most.degenerate} of ${most.samples} maps`] : [];
  });
  const missed = sumsMissed(rows, sumRemedies);
  const undecided = byMethod.flatMap(([label, group]) => {
    const found = group.find((row) => row.undecided !== undefined);
    return found?.undecided === undefined ? [] : [`${label}: ${found.undecided} of ${found.planned} maps`];
  });
  const planned = Math.min(...rows.map((row) => row.planned));
  return [
    ...modelAccuracies(rows).flatMap(({ warning: text }): ResultWarning[] =>
      text === undefined ? [] : [{ kind: 'chance', text, details: [] }],
    ),
    ...warning('incomplete', incomplete, ([only]) => `Not all samples are scored${only === undefined ? '' : ` (${only})`}.`),
    ...(planned < FEW_SAMPLES
      ? [
          {
            kind: 'few-samples' as const,
            text: `${planned === 1 ? '1 sample is' : `${planned} samples are`} few: the 95 % interval of a rate near one half is wider than ±${halfWidth(planned)}.`,
            details: [],
          },
        ]
      : []),
    ...warning(
      'degenerate',
      degenerate,
      ([only]) => `Some maps are the same everywhere, but count in the rates${only === undefined ? '' : ` (${only})`}.`,
    ),
    ...warning(
      'sum-missed',
      missed,
      ([only]) =>
        `Some maps miss the change of the output by more than ${formatShare(SUM_MISSED)}${only === undefined ? '' : ` (${only})`}: they explain only a part of it.`,
    ),
    ...warning(
      'undecided',
      undecided,
      ([only]) =>
        `Some maps depend on rounding: the last digits of float32 decide whether a feature map is used, and another engine or machine may decide differently${only === undefined ? '' : ` (${only})`}.`,
    ),
    ...groupsOf(rows, ({ metric }) => metric).flatMap(([name, group]) => measureWarnings(group, describedMetric(metrics, name))),
    ...mapDependence(
      groupsOf(rows, ({ metric }) => metric).flatMap(([name, group]) =>
        new Set(group.map(({ method }) => method)).size > 1 ? resultMeasures(describedMetric(metrics, name), group) : [],
      ),
    ).map((text): ResultWarning => ({ kind: 'map-dependence', text, details: [] })),
  ];
}

/**
 * The same as lines of text, for each model and data set; empty without any. The warning about the accuracy of a model stands
 * beside its accuracy (`formatAccuracies`).
 */
export function formatWarnings(
  rows: readonly TableRow[],
  {
    width = Infinity,
    metrics,
    sumRemedies,
  }: TextStyle & { readonly metrics: readonly MetricDescription[]; readonly sumRemedies: SumRemedies },
): string {
  const subjects = groupsOf(rows, ({ model, dataset }) => `${model} on ${dataset}`);
  const lines = subjects.flatMap(([subject, group]) =>
    resultWarnings(group, metrics, sumRemedies)
      .filter(({ kind }) => kind !== 'chance')
      .flatMap(({ text, details }) => {
        const left = details.length - MOST_PLACES;
        return [
          ...wrapped(subjects.length > 1 ? `${subject}: ${text}` : text, width - 2).map((line) => `  ${line}`),
          ...[...details.slice(0, MOST_PLACES), ...(left > 0 ? [`and ${left} more`] : [])].flatMap((place) =>
            wrapped(place, width - 4).map((line) => `    ${line}`),
          ),
        ];
      }),
  );
  return lines.length === 0 ? '' : ['Before you believe the numbers:', ...lines, ''].join('\n');
}

function measureWarnings(rows: readonly TableRow[], metric: MetricDescription): ResultWarning[] {
  return metric.measures.flatMap((measure): ResultWarning[] => {
    if (measure.warning !== undefined) {
      const { text } = measure.warning;
      const where = placesOf(rows, measure, (value, { samples }) => isWarning(measure, value, samples));
      return warning(
        'check',
        where,
        ([only]) => `${metric.title}, ${measure.title.toLowerCase()}: ${text}${only === undefined ? '' : ` (${only})`}.`,
      );
    }
    if (measure.role !== 'result' || measure.aggregate !== 'share') return [];
    const same = placesOf(rows, measure, (value) => value === 0 || value === 1);
    return warning(
      'all-same',
      same,
      ([only]) =>
        `${measure.title}: no sample, or every sample. Such a rate says nothing about single samples${only === undefined ? '' : ` (${only})`}.`,
    );
  });
}

/** `sise: up to 95 % at keep 0.1, keep 0.2`, one a method. */
function placesOf(
  rows: readonly TableRow[],
  measure: MeasureDescription,
  holds: (value: number, row: TableRow) => boolean,
): string[] {
  const value = (row: TableRow): number => row.measures[measure.name]?.value ?? NaN;
  const found = rows.filter((row) => row.samples > 0 && holds(value(row), row));
  const scoredClasses = new Set(rows.map(({ scoredClass }) => scoredClass)).size;
  return groupsOf(found, ({ label }) => label).map(([label, group]) => {
    const values = group.map(value);
    const [least, most] = [Math.min(...values), Math.max(...values)];
    const amount = (one: number): string =>
      measure.aggregate === 'count' ? `${one} samples` : `${(100 * one).toFixed(0)}\u00a0%`;
    const settings = [...new Set(group.map((row) => comparedAt({ ...row, scoredClasses })))].filter((text) => text !== '');
    const listed = settings.length <= 6 ? settings : [...settings.slice(0, 5), `${settings.length - 5} other settings`];
    const size = least === most ? amount(most) : `up to ${amount(most)}`;
    return `${label}: ${size}${settings.length === 0 ? '' : ` at ${listed.join('; ')}`}`;
  });
}

/** One place is part of the sentence; several become a list that can be opened. */
function warning(
  kind: ResultWarning['kind'],
  places: readonly string[],
  text: (only: readonly string[]) => string,
): ResultWarning[] {
  if (places.length === 0) return [];
  return [{ kind, text: text(places.length === 1 ? places : []), details: places.length === 1 ? [] : places }];
}

/** The half-width of the normal 95 % interval at one half. */
function halfWidth(samples: number): string {
  return (0.98 / Math.sqrt(Math.max(1, samples))).toFixed(2);
}
