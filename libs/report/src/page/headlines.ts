import type { MeasureDescription } from '@xaigrid/contracts';
import { chanceOf, directionInWords } from '../descriptions.js';
import { groupsOf } from '../groups.js';
import { isToldApart, type MethodPair } from '../method-pairs.js';
import { comparedAt, type RankedMethod } from '../ranking.js';
import { formatMeasure, placesOf } from '../table-columns.js';
import { html, type Markup } from './markup.js';
import type { RankingPart } from './page-data.js';

/** Methods that a sentence names; more are counted. */
const MOST_NAMED = 5;

/** The result of a ranking in a few sentences: the best method, whether the next differs from it, the controls, chance. */
export function headline({ ranking, pairs }: RankingPart): Markup {
  const { measure, methods } = ranking;
  const others = methods.filter(({ isControl }) => !isControl);
  const [best, next] = others.length > 0 ? others : methods;
  const at = comparedAt(ranking);
  if (best === undefined) return html``;
  return html`<p class="headline">
    <strong>${measure.title}</strong> (${directionInWords(measure)})${at === '' ? '' : ` at ${at}`}: best is
    <strong>${best.row.label}</strong> with ${valueInWords(best, ranking)}.
    ${next === undefined ? undefined : nextInWords({ best, next }, { ranking, pairs })}
    ${controlsInWords({ ranking, pairs }, others)} ${chanceInWords(ranking)}
  </p>`;
}

function valueInWords({ row }: RankedMethod, { methods, measure: { name } }: RankingPart['ranking']): string {
  const ranked = methods.map((method) => method.row);
  return formatMeasure(row, name, { places: placesOf(ranked, name) });
}

function nextInWords(
  { best, next }: { readonly best: RankedMethod; readonly next: RankedMethod },
  { ranking, pairs }: Pick<RankingPart, 'ranking' | 'pairs'>,
): string {
  const pair = pairBetween(pairs, best.row.label, next.row.label);
  const told =
    pair === undefined
      ? ''
      : isToldApart(pair)
        ? '; sample by sample the two are told apart'
        : '; sample by sample the two are not told apart (the 95 % interval of their difference contains 0)';
  return `Next is ${next.row.label} with ${valueInWords(next, ranking)}${told}.`;
}

function controlsInWords({ ranking, pairs }: Pick<RankingPart, 'ranking' | 'pairs'>, others: readonly RankedMethod[]): string[] {
  if (others.length === 0) return [];
  const { methods, measure } = ranking;
  return methods
    .filter(({ isControl }) => isControl)
    .map((control) => {
      const against = groupsOf(others, ({ row }) => againstControl(pairs, row.label, { control: control.row.label, measure }));
      return `The control ${control.row.label} has ${valueInWords(control, ranking)}: ${beatenInWords(new Map(against))}. `;
    });
}

/** How a method compares with a control. */
type Against = 'beats it' | 'not told apart' | 'worse' | 'not compared';

function againstControl(
  pairs: readonly MethodPair[],
  method: string,
  { control, measure }: { readonly control: string; readonly measure: Pick<MeasureDescription, 'direction'> },
): Against {
  const pair = pairBetween(pairs, method, control);
  if (pair === undefined) return 'not compared';
  if (!isToldApart(pair)) return 'not told apart';
  return pair.difference < 0 === (measure.direction === 'lower') ? 'beats it' : 'worse';
}

/** `2 of 4 methods beat it; not told apart from it, sample by sample: a; worse than it: b` */
function beatenInWords(against: ReadonlyMap<Against, readonly RankedMethod[]>): string {
  const of = (kind: Against): readonly RankedMethod[] => against.get(kind) ?? [];
  const all = [...against.values()].reduce((sum, methods) => sum + methods.length, 0);
  const count = of('beats it').length;
  if (count === all) return all === 1 ? 'the method beats it' : 'every method beats it';
  if (of('not compared').length === all) return 'the methods are not compared with it sample by sample here';
  const named = (kind: Against, words: string): string[] => {
    const names = of(kind).map(({ row }) => row.label);
    const listed = names.length <= MOST_NAMED ? names : [...names.slice(0, MOST_NAMED), `${names.length - MOST_NAMED} others`];
    return names.length === 0 ? [] : [`${words}: ${listed.join(', ')}`];
  };
  return [
    `${count === 0 ? 'none' : count} of ${all} methods ${count === 1 || count === 0 ? 'beats' : 'beat'} it`,
    ...named('not told apart', 'not told apart from it, sample by sample'),
    ...named('worse', 'worse than it'),
    ...named('not compared', 'not compared here'),
  ].join('; ');
}

function chanceInWords({ methods, measure }: RankingPart['ranking']): string {
  const row = methods[0]?.row;
  const chance = row === undefined ? undefined : chanceOf(measure, row);
  return chance === undefined ? '' : `Chance gives ${chance.toFixed(4)}.`;
}

/** The pair in this order, with the signs that belong to it. */
export function pairBetween(pairs: readonly MethodPair[], first: string, second: string): MethodPair | undefined {
  const found = pairs.find((pair) => pair.first === first && pair.second === second);
  if (found !== undefined) return found;
  const turned = pairs.find((pair) => pair.first === second && pair.second === first);
  if (turned === undefined) return undefined;
  const { samples, difference, interval, higher, lower } = turned;
  return {
    ...{ first, second, samples, difference: -difference, higher: lower, lower: higher },
    interval: interval === undefined ? undefined : { low: -interval.high, high: -interval.low },
  };
}
