import type { DescribeMeasure, MethodRanking, RankColumn } from '@xaigrid/contracts';
import { measureOf } from './descriptions.js';
import { namesIn, wholeName } from './method-names.js';
import { settingInWords } from './table-columns.js';

/**
 * What columns of a ranking are called: `Drop rate ↓, keep 0.3`; the setting where there were several, and the metric where
 * nothing else tells two apart.
 */
export function columnNames({ columns }: MethodRanking, describe: DescribeMeasure | undefined): string[] {
  const classes = new Set(columns.map(({ scoredClass }) => scoredClass)).size;
  const plain = columns.map((column) => {
    const definition = column.setting.definition === undefined ? {} : { definition: column.setting.definition };
    return [
      `${measureOf(describe, column.metric, column.measure).title} ${arrowOf(column)}`,
      settingInWords(column.settings > 1 ? column.setting : definition),
      ...(classes > 1 ? [`scored class ${column.scoredClass}`] : []),
    ]
      .filter(Boolean)
      .join(', ');
  });
  return columns.map(({ metric }, at) => {
    const name = plain[at] ?? '';
    return plain.filter((other) => other === name).length > 1 ? `${name} (${metric})` : name;
  });
}

function arrowOf({ direction }: Pick<RankColumn, 'direction'>): string {
  return direction === 'lower' ? '↓' : '↑';
}

/** What the methods are called, with their runs where a label is in several. */
export function methodNames({ dataset, model, methods }: MethodRanking): string[] {
  const named = methods.map((method) => ({ dataset, model, ...method }));
  const nameOf = namesIn(named);
  return named.map((method) => wholeName(nameOf(method)));
}

/** `A` … `Z`, `AA` … */
export function letterOf(place: number): string {
  const letter = String.fromCharCode(65 + (place % 26));
  return place < 26 ? letter : letterOf(Math.floor(place / 26) - 1) + letter;
}

/** Places of the methods, that of the lowest mean rank first; those without a rank last. */
export function byMeanRank({ methods }: MethodRanking): number[] {
  const rankOf = (at: number): number => methods[at]?.meanRank ?? Infinity;
  return [...methods.keys()].sort((a, b) => (rankOf(a) === rankOf(b) ? a - b : rankOf(a) - rankOf(b)));
}
