import { chanceOf, directionInWords } from '../descriptions.js';
import { isToldApart, type MethodPair } from '../method-pairs.js';
import type { RankedMethod } from '../ranking.js';
import { formatEstimate, settingInWords } from '../table-columns.js';
import { html, type Markup } from './markup.js';
import type { RankingPart } from './page-data.js';

/** What a ranking comes to, in a few sentences: the best, whether the next is told apart from it, the controls, chance. */
export function headline({ ranking, pairs }: RankingPart): Markup {
  const { measure, setting, methods } = ranking;
  const others = methods.filter(({ isControl }) => !isControl);
  const [best, next] = others.length > 0 ? others : methods;
  const at = settingInWords(setting);
  if (best === undefined) return html``;
  return html`<p class="headline">
    <strong>${measure.title}</strong> (${directionInWords(measure)})${at === '' ? '' : ` at ${at}`}: best is
    <strong>${best.row.label}</strong> with ${valueInWords(best, measure.name)}.
    ${next === undefined ? undefined : nextInWords(best, next, pairs, measure.name)} ${controlsInWords(ranking, others)}
    ${chanceInWords(ranking)}
  </p>`;
}

function valueInWords({ row, value }: RankedMethod, measure: string): string {
  return formatEstimate(row.measures[measure] ?? { value });
}

function nextInWords(best: RankedMethod, next: RankedMethod, pairs: readonly MethodPair[], measure: string): string {
  const pair = pairBetween(pairs, best.row.label, next.row.label);
  const told =
    pair === undefined
      ? ''
      : isToldApart(pair)
        ? '; sample by sample the two are told apart'
        : '; sample by sample the two are not told apart (the 95 % interval of their difference contains 0)';
  return `Next is ${next.row.label} with ${valueInWords(next, measure)}${told}.`;
}

function controlsInWords({ methods, measure }: RankingPart['ranking'], others: readonly RankedMethod[]): string {
  const controls = methods.filter(({ isControl }) => isControl);
  const [control] = controls;
  if (control === undefined || others.length === 0) return '';
  const better = others.filter(({ place }) => place < control.place).length;
  const beaten = better === others.length ? 'every method beats it' : `${better} of ${others.length} methods beat it`;
  return `The control ${control.row.label} has ${valueInWords(control, measure.name)}: ${beaten}.`;
}

function chanceInWords({ methods, measure }: RankingPart['ranking']): string {
  const row = methods[0]?.row;
  const chance = row === undefined ? undefined : chanceOf(measure, row);
  return chance === undefined ? '' : `Chance gives ${chance.toFixed(4)}.`;
}

/** The pair in this order. */
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
