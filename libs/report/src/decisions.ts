import type { Decisions, DescribeMeasure, PairDecision } from '@xaigrid/contracts';
import { measureOf } from './descriptions.js';
import { formatEstimate } from './estimate-text.js';
import { wrapped } from './fit-table.js';
import { settingInWords } from './table-columns.js';
import { tableLayouts, type TextStyle } from './table-layouts.js';
import type { TableTexts } from './table-texts.js';

/** How many samples a run took until its pairs were decided, a sentence for each data set and model. */
export function samplesUntilDecided({ taken, pairs }: Decisions): string[] {
  return taken.map(({ dataset, model, samples, of, end }) => {
    const own = pairs.filter((pair) => pair.dataset === dataset && pair.model === model);
    const open = own.filter(({ verdict }) => verdict === 'undecided').length;
    const left =
      own.length === 1
        ? 'the pair of methods is undecided'
        : `${open} of ${own.length} pairs of methods ${open === 1 ? 'is' : 'are'} undecided`;
    const all = own.length === 1 ? 'the pair' : own.length === 2 ? 'both pairs' : `all ${own.length} pairs`;
    const count = `${samples} of ${of} samples`;
    const said = {
      decided: `${count} decided ${all} of methods`,
      'all-samples': `all ${of} samples were taken; ${left}`,
      'most-samples': `${count} were taken, the most that the spec allows; ${left}`,
      unscored: `${count} were taken; ${left}, because no sample has scores of both`,
      'under way': `${count} so far; ${own.length === 0 ? 'nothing is decided yet' : left}`,
    }[end ?? 'under way'];
    return `${dataset} (${model}): ${said}.`;
  });
}

/** What the verdicts and the numbers beside them mean. */
export function decisionsNote({ alpha, within }: Decisions): string {
  const same = within === undefined ? '' : ` The same: they differ by less than ${within}.`;
  return `All verdicts and intervals of pairs hold together with a probability of ${Number((100 * (1 - alpha)).toPrecision(4))} %, whenever the run stopped.${same} Intervals elsewhere are each by itself, as if the number of samples had been fixed before.`;
}

/** The pairs as a table. */
export function decisionTexts(
  pairs: readonly PairDecision[],
  within: number | undefined,
  describe?: DescribeMeasure,
): TableTexts {
  const columns = [
    ...['Dataset', 'Model', 'Measure', 'Method', 'Against', 'Verdict'].map((title) => ({ title, align: 'left' as const })),
    ...['After', 'Difference'].map((title) => ({ title, align: 'right' as const })),
  ];
  const rows = pairs.map((pair) => [
    ...[pair.dataset, pair.model, measureText(pair, describe), pair.first, pair.second, verdictText(pair, within)],
    pair.after === undefined ? '' : String(pair.after),
    pair.unscored === pair.samples ? '' : formatEstimate({ value: pair.difference, interval: pair.interval }),
  ]);
  return { columns, rows, block: 3 };
}

function measureText({ metric, measure, setting }: PairDecision, describe: DescribeMeasure | undefined): string {
  return [measureOf(describe, metric, measure).title, settingInWords(setting)].filter(Boolean).join(', ');
}

function verdictText({ verdict, first, second, unscored }: PairDecision, within: number | undefined): string {
  if (verdict === 'undecided') return unscored === 0 ? verdict : `undecided, ${unscored} samples without both scores`;
  return verdict === 'same' ? `the same within ${within ?? 0}` : `${verdict === 'first' ? first : second} is better`;
}

/** All of it for a terminal; empty without decisions. */
export function formatDecisions(
  decisions: Decisions | undefined,
  { describe, ...style }: TextStyle & { readonly describe?: DescribeMeasure } = {},
): string {
  if (decisions === undefined) return '';
  const lines = (sentence: string): string => `${wrapped(sentence, style.width ?? Infinity).join('\n')}\n`;
  const sentences = samplesUntilDecided(decisions).map(lines).join('');
  if (decisions.pairs.length === 0) return sentences;
  const table = tableLayouts.table(decisionTexts(decisions.pairs, decisions.within, describe), style);
  return `${sentences}\n${table}${lines(decisionsNote(decisions))}`;
}
