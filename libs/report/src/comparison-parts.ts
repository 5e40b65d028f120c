import type { Comparison, DescribeMeasure } from '@xaigrid/contracts';
import { countText, isSure, LEVEL, pText, samplesText, sidesIn, sideTitle, testLegend } from './comparison-texts.js';
import { measureOf } from './descriptions.js';
import { estimatePlaces, formatEstimate } from './estimate-text.js';
import { wrapped } from './fit-table.js';
import { groupsOf } from './groups.js';
import { mapDependence } from './map-dependence.js';
import { settingInWords } from './table-columns.js';
import { tableLayouts, type TextStyle } from './table-layouts.js';
import type { TableTexts } from './table-texts.js';

/** Lines of the summary; more are counted. */
const MOST_LINES = 10;

/** What the numbers of the summary are. */
function legendOf(comparisons: readonly Comparison[]): string {
  const methods = comparisons.every(({ across }) => across === undefined);
  const tested = comparisons.some(({ test }) => test !== undefined);
  const what = methods ? 'how many other methods each method is better than' : 'in how many pairs each side is better';
  const apart = tested ? `Holm p below ${LEVEL}` : 'the 95 % interval of their difference leaves out 0';
  return `Numbers: ${what}, counting only pairs that the samples tell apart (${apart}), rounding aside. ↓ lower is better, ↑ higher is better.`;
}

export interface ComparisonStyle extends TextStyle {
  /** Describes measures: their titles, and whether high or low is better. */
  readonly describe?: DescribeMeasure;
}

/**
 * Comparisons on a terminal: a summary, then a table per model and data set. In the tables, each measure and setting is a
 * section.
 */
export function comparisonParts(comparisons: readonly Comparison[], style: ComparisonStyle): string {
  const parts = groupsOf(comparisons, titlesIn(comparisons));
  const summary = summaryOf(parts, style);
  const legend = testLegend(comparisons);
  const ofMethods = comparisons.filter(({ across }) => across === undefined);
  const notes = mapDependence(ofMethods.map(({ metric, measure }) => measureOf(style.describe, metric, measure)));
  return [
    ...(summary === '' ? [] : [summary]),
    ...parts.map(
      ([title, group]) =>
        `${wrapped(title, style.width ?? Infinity).join('\n')}\n${tableLayouts.table(textsOf(group, style), style)}`,
    ),
    ...[...(legend === '' ? [] : [legend]), ...notes].map((line) => `${wrapped(line, style.width ?? Infinity).join('\n')}\n`),
  ].join('\n');
}

/** `cnn on mnist1d`, with engine and scored class if they differ. */
function titlesIn(comparisons: readonly Comparison[]): (comparison: Comparison) => string {
  const differs = (of: (comparison: Comparison) => string): boolean => new Set(comparisons.map(of)).size > 1;
  const engines = differs(({ engine }) => engine);
  const classes = differs(({ scoredClass }) => scoredClass);
  return ({ dataset, model, engine, scoredClass, across }) =>
    [
      across === 'models' ? `on ${dataset}` : across === 'datasets' ? model : `${model} on ${dataset}`,
      ...(engines ? [`engine ${engine}`] : []),
      ...(classes ? [`scored class ${scoredClass}`] : []),
    ].join(', ');
}

/** `Drop rate ↓, keep 0.3, baseline zero` */
function sectionOf({ metric, measure, setting }: Comparison, { describe }: ComparisonStyle): string {
  const { title, direction } = measureOf(describe, metric, measure);
  const arrow = direction === undefined ? '' : direction === 'lower' ? ' ↓' : ' ↑';
  return [`${title}${arrow}`, settingInWords(setting)].filter(Boolean).join(', ');
}

function textsOf(comparisons: readonly Comparison[], style: ComparisonStyle): TableTexts {
  const number = (title: string) => ({ title, align: 'right' as const });
  const sidesOf = sidesIn(comparisons);
  const across = comparisons.some(({ method }) => method !== undefined);
  const paired = comparisons.every(({ otherSamples }) => otherSamples === undefined);
  const tested = comparisons.some(({ test }) => test !== undefined);
  return {
    columns: [
      ...(across ? [{ title: 'Method', align: 'left' as const }] : []),
      { title: sideTitle(comparisons), align: 'left' },
      { title: 'Against', align: 'left' },
      { ...number('Samples'), ...(paired ? { optional: 3 } : {}) },
      number('Difference'),
      { ...number('Higher'), optional: 2, together: 'counts' },
      { ...number('Lower'), optional: 2, together: 'counts' },
      ...(tested ? [number('Holm p')] : []),
    ],
    rows: comparisons.map((comparison) => {
      const { method, difference: value, interval, higher, lower, test } = comparison;
      const estimate = { value, interval };
      const text = formatEstimate(estimate, estimatePlaces(estimate));
      const about = [...(across ? [method ?? ''] : []), ...sidesOf(comparison), samplesText(comparison)];
      return [...about, text, countText(higher), countText(lower), ...(tested ? [pText(test?.holm)] : [])];
    }),
    block: across ? 2 : 1,
    sections: comparisons.map((comparison) => sectionOf(comparison, style)),
  };
}

/** For each method, the number of methods that it beats. Empty if the summary would not be shorter than the table. */
function summaryOf(parts: readonly [string, Comparison[]][], style: ComparisonStyle): string {
  const { width = Infinity } = style;
  const all = parts.flatMap(([title, group]) =>
    groupsOf(group, (comparison) => sectionOf(comparison, style)).flatMap(([section, pairs]) => {
      const text = pairs.length > 1 ? winsText(pairs, style) : undefined;
      return text === undefined ? [] : [{ title, line: `${section}: ${text}` }];
    }),
  );
  if (all.length === 0) return '';
  const left = all.length - MOST_LINES;
  return [
    ...groupsOf(all.slice(0, MOST_LINES), ({ title }) => title).flatMap(([title, lines]) => [
      ...wrapped(title, width),
      ...lines.flatMap(({ line }) => wrapped(line, width - 4).map((text, at) => (at === 0 ? `  ${text}` : `    ${text}`))),
    ]),
    ...(left > 0 ? wrapped(`and ${left} more: choose with --dataset, --model, --measure or --keep.`, width) : []),
    ...wrapped(legendOf(parts.flatMap(([, group]) => group)), width),
    '',
  ].join('\n');
}

/**
 * `sise 2, shap-gradient 2, gradient 1, random 0; 1 of 6 pairs is not told apart`; undefined if neither high nor low is
 * better.
 */
function winsText(pairs: readonly Comparison[], { describe }: ComparisonStyle): string | undefined {
  const [one] = pairs;
  const direction = one === undefined ? undefined : describe?.(one.metric, one.measure)?.direction;
  if (direction === undefined) return undefined;
  const sidesOf = sidesIn(pairs);
  const wins = new Map(pairs.flatMap((pair) => sidesOf(pair)).map((side) => [side, 0]));
  let same = 0;
  for (const pair of pairs) {
    if (!isSure(pair)) {
      same += 1;
      continue;
    }
    const better = sidesOf(pair)[pair.difference < 0 === (direction === 'lower') ? 0 : 1];
    wins.set(better, (wins.get(better) ?? 0) + 1);
  }
  const ranked = [...wins].sort(([, a], [, b]) => b - a).map(([method, count]) => `${method} ${count}`);
  const others = same === 0 ? '' : `; ${same} of ${pairs.length} pairs ${same === 1 ? 'is' : 'are'} not told apart`;
  return `${ranked.join(', ')}${others}`;
}
