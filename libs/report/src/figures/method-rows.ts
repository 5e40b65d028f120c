import { distinctNames } from './drawing/series.js';
import { textWidth, wrapped } from './drawing/text-width.js';
import { typeSizes } from './style.js';

/** The largest width of method names beside rows. Longer names take several lines. */
const WIDEST_NAME = 210;
const LINE = 14;

export interface MethodRows {
  /** In the given order, made different from each other, with line breaks between lines. */
  readonly names: readonly string[];
  /** Of the widest line, in pixels. */
  readonly width: number;
  /** Height of a row. */
  readonly step: number;
}

/** Whole names of methods as labels of rows. */
export function methodRows(names: readonly string[], least = 24): MethodRows {
  const lines = distinctNames(names).map((name) => wrapped(name, WIDEST_NAME, typeSizes.label));
  return {
    names: lines.map((one) => one.join('\n')),
    width: Math.max(0, ...lines.flat().map((line) => textWidth(line, typeSizes.label))),
    step: Math.max(least, ...lines.map((one) => one.length * LINE + 8)),
  };
}

/** The channel that puts methods below each other. */
export function rowChannel({ names }: MethodRows, labels = true) {
  return {
    field: 'series',
    type: 'nominal' as const,
    sort: [...names],
    title: null,
    axis: {
      ...{ labels, ticks: false, domain: false, labelLimit: WIDEST_NAME + 30, grid: true, labelPadding: 8 },
      labelExpr: "split(datum.label, '\\n')",
      labelBaseline: 'middle' as const,
      labelLineHeight: LINE,
    },
  };
}
