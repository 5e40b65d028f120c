import type { DescribeMeasure, TableRow } from '@xaigrid/contracts';
import { shortText, wrapped } from './fit-table.js';
import { groupsOf } from './groups.js';
import { rankMethods, type Ranking } from './rank-methods.js';
import { measureTitle } from './table-columns.js';
import type { TextStyle } from './table-layouts.js';

/** Rankings that are shown; more are counted. */
const MOST_RANKINGS = 10;
/** Names are not shortened below this. */
const SHORTEST_NAME = 12;

export interface SummaryStyle extends TextStyle {
  readonly describe: DescribeMeasure;
}

/**
 * What a run says in a few lines: for each model and data set, the methods in the order of each measure, the best first. Empty where there
 * is nothing to rank.
 */
export function formatSummary(rows: readonly TableRow[], { describe, width = Infinity, emphasise }: SummaryStyle): string {
  const rankings = rankMethods(rows, describe);
  if (rankings.length === 0) return '';
  const shown = rankings.slice(0, MOST_RANKINGS);
  const heads = shown.map(headOf);
  const column = Math.max(...heads.map((head) => head.length));
  const more = rankings.length - shown.length;
  return [
    ...groupsOf(shown, titleOf).flatMap(([title, group]) => [
      title,
      ...group.map((ranking) => {
        const head = `  ${headOf(ranking).padEnd(column)}  `;
        return head + methodsText(ranking, width - head.length, emphasise);
      }),
    ]),
    ...(more > 0 ? [`and ${more} more rankings: choose with --dataset, --model or --metric.`] : []),
    ...wrapped(legend, width),
    '',
  ].join('\n');
}

function titleOf({ dataset, model, aside, samples: [fewest, most], unscored }: Ranking): string {
  const samples = fewest === most ? `${most} samples` : `${fewest} to ${most} samples scored`;
  const missing = unscored.length === 0 ? '' : `; not scored yet: ${unscored.join(', ')}`;
  return `${[`${model} on ${dataset}`, aside, samples].filter((part) => part !== '').join(', ')}${missing}`;
}

const legend = '↓ lower is better, ↑ higher is better; means over the settings that all methods have.';

/** `Drop rate ↓` */
function headOf({ measure, direction }: Ranking): string {
  return `${measureTitle(measure)} ${direction === 'lower' ? '↓' : '↑'}`;
}

/** As many of the first as there is room for, and always the last. */
function methodsText({ methods }: Ranking, width: number, emphasise: (text: string) => string = (text) => text): string {
  const longest = Math.max(SHORTEST_NAME, Math.floor(width / 2) - 12);
  const texts = methods.map(({ name, value }, at) => `${at + 1}. ${shortText(name, longest)} ${value.toFixed(3)}`);
  const lineOf = (count: number): string[] => {
    const left = methods.length - count;
    if (left === 0) return texts;
    return [...texts.slice(0, count), ...(left > 1 ? ['…'] : []), ...texts.slice(-1)];
  };
  let count = methods.length;
  while (count > 1 && lineOf(count).join('  ').length > width) count -= 1;
  const [best = '', ...others] = lineOf(count);
  return [emphasise(best), ...others].join('  ');
}
