import type { TableRow } from '@xaigrid/contracts';
import { placesApart } from './estimate-text.js';
import { shortText, wrapped } from './fit-table.js';
import { groupsOf } from './groups.js';
import { namesIn, wholeName, type MethodName } from './method-names.js';
import { rankings, whySetting, type RankedMethod, type Ranking, type RankingOptions } from './ranking.js';
import { settingInWords } from './table-columns.js';
import type { TextStyle } from './table-layouts.js';

/** Rankings that are shown; more are counted. */
const MOST_RANKINGS = 10;
/** Names are not shortened to less than this. */
const SHORTEST_NAME = 12;

export type SummaryStyle = TextStyle & Omit<RankingOptions, 'measures'>;

/**
 * A run in a few lines: for each model and data set, the methods in the order of each measure, the best first. Empty if there is
 * nothing to rank.
 */
export function formatSummary(
  rows: readonly TableRow[],
  { metrics, controls, decisions = [], width = Infinity, emphasise }: SummaryStyle,
): string {
  const ranked = rankings(rows, { metrics, controls, decisions, measures: 'results' }).filter(
    ({ methods }) => methods.length > 1,
  );
  if (ranked.length === 0) return '';
  const shown = ranked.slice(0, MOST_RANKINGS);
  const column = Math.max(...shown.map((ranking) => headOf(ranking).length));
  const more = ranked.length - shown.length;
  const nameOf = namesIn(rows);
  return [
    ...groupsOf(shown, titlesIn(rows, nameOf)).flatMap(([title, group]) => [
      ...wrapped(title, width),
      ...group.map((ranking) => {
        const head = `  ${headOf(ranking).padEnd(column)}  `;
        return head + methodsText(ranking.methods, { nameOf, width: width - head.length, emphasise });
      }),
    ]),
    ...(more > 0 ? [`and ${more} more ${more === 1 ? 'ranking' : 'rankings'}: choose with --dataset, --model or --metric.`] : []),
    ...wrapped(legend(shown), width),
    '',
  ].join('\n');
}

/** `cnn on mnist1d, 24 samples; one of 2 settings: keep 0.2, baseline zero` */
function titlesIn(rows: readonly TableRow[], nameOf: (row: TableRow) => MethodName): (ranking: Ranking) => string {
  const classes = new Set(rows.map(({ scoredClass }) => scoredClass)).size;
  return ({ dataset, model, scoredClass, setting, settings, methods, missing }) => {
    const counts = methods.map(({ row }) => row.samples);
    const [fewest, most] = [Math.min(...counts), Math.max(...counts)];
    const samples = fewest === most ? `${most} samples` : `${fewest} to ${most} samples scored`;
    return [
      [`${model} on ${dataset}`, samples, ...(classes > 1 ? [`scored class ${scoredClass}`] : [])].join(', '),
      ...(settings > 1 ? [`one of ${settings} settings: ${settingInWords(setting)}`] : []),
      ...(missing.length > 0 ? [`not scored there: ${missing.map((row) => wholeName(nameOf(row))).join(', ')}`] : []),
    ].join('; ');
  };
}

function legend(shown: readonly Ranking[]): string {
  const several = shown.filter(({ settings }) => settings > 1);
  const why = [...new Set(several.map(whySetting))].join(', or ');
  return `↓ lower is better, ↑ higher is better${why === '' ? '' : `; of several settings, ${why}`}. Ranks are of means, rounding aside: \`xaigrid compare\` says which the samples tell apart.`;
}

/** `Drop rate ↓` */
function headOf({ measure: { title, direction } }: Ranking): string {
  return `${title} ${direction === 'lower' ? '↓' : '↑'}`;
}

/** As many of the first methods as fit, and always the last. */
function methodsText(
  methods: readonly RankedMethod[],
  {
    nameOf,
    width,
    emphasise = (text) => text,
  }: Pick<TextStyle, 'emphasise'> & { readonly nameOf: (row: TableRow) => MethodName; readonly width: number },
): string {
  const longest = Math.max(SHORTEST_NAME, Math.floor(width / 2) - 12);
  const places = placesApart(
    methods.map(({ value }) => value),
    3,
  );
  const texts = methods.map(({ row, rank, value }) => {
    const { label, aside } = nameOf(row);
    return `${rank}. ${shortText(label, Math.max(SHORTEST_NAME, longest - aside.length))}${aside} ${value.toFixed(places)}`;
  });
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
