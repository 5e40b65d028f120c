import type { Comparison, ComparedAcross } from '@xaigrid/contracts';
import { shortIds } from './method-names.js';

/** What a column of the sides is headed by. */
const sideTitles: Readonly<Record<ComparedAcross, string>> = {
  ...{ methods: 'Method', runs: 'Run', models: 'Model', datasets: 'Data set' },
};

export function sideTitle(comparisons: readonly Comparison[]): string {
  return sideTitles[comparisons[0]?.across ?? 'methods'];
}

/**
 * What the sides are called: runs by ids that are as short as they still differ; models and data sets with their run, where they
 * are of two runs.
 */
export function sidesIn(comparisons: readonly Comparison[]): (comparison: Comparison) => readonly [string, string] {
  const shortId = shortIds(comparisons.flatMap(({ runs }) => (runs === undefined ? [] : [runs.first, runs.second])));
  return ({ across, first, second, runs }) => {
    if (across === 'runs') return [shortId(first), shortId(second)];
    if (runs === undefined || runs.first === runs.second) return [first, second];
    return [`${first} (${shortId(runs.first)})`, `${second} (${shortId(runs.second)})`];
  };
}

/** `1000`; `1000 and 496, not paired` */
export function samplesText({ samples, otherSamples }: Comparison): string {
  return otherSamples === undefined ? String(samples) : `${samples} and ${otherSamples}, not paired`;
}

/** Empty where samples are not paired. */
export function countText(count: number | undefined): string {
  return count === undefined ? '' : String(count);
}

/** Below this p-values are only said to be so. */
const SMALLEST = 0.0001;

/** `0.0213`, `<0.0001`; empty where there is no test. */
export function pText(p: number | undefined): string {
  if (p === undefined) return '';
  return p < SMALLEST ? `<${SMALLEST}` : p.toFixed(4);
}

/** From this value of Holm's p on, two sides are not told apart. */
export const LEVEL = 0.05;

/**
 * Whether the samples tell the sides apart, all pairs of the family considered; without a test, whether the interval leaves out
 * 0.
 */
export function isSure({ test, interval }: Comparison): boolean {
  if (test !== undefined) return test.holm < LEVEL;
  return interval !== undefined && (interval.low > 0 || interval.high < 0);
}

const testNames: Readonly<Record<NonNullable<Comparison['test']>['name'], string>> = {
  bootstrap: 'bootstrap of the paired differences',
  wilcoxon: 'Wilcoxon’s signed-rank test of the paired differences',
  'unpaired-bootstrap': 'bootstrap of each side where samples are not paired',
  welch: 'Welch’s t test where samples are not paired',
};

/** What the p-values are; empty without any. */
export function testLegend(comparisons: readonly Comparison[]): string {
  const names = [...new Set(comparisons.flatMap(({ test }) => test?.name ?? []))].map((name) => testNames[name]);
  const pairs = comparisons.every(({ across }) => across === undefined) ? 'pairs' : 'rows';
  return names.length === 0
    ? ''
    : `Holm p: ${names.join('; ')}. Corrected by Holm for all ${pairs} here of one measure and setting.`;
}
