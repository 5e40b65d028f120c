import { renderChart, type ChartLayer } from './drawing/render-chart.js';
import { distinctNames, seriesChannels } from './drawing/series.js';
import { fitted, textWidth } from './drawing/text-width.js';
import type { Figure } from './figure.js';
import { colours, typeSizes } from './style.js';

interface CurvePoints {
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
}

export interface ClassCurve extends CurvePoints {
  readonly name: string;
  /** The area under it; undefined (no sample of the class) leaves the curve out. */
  readonly area: number | undefined;
}

export interface ClassCurvesData {
  readonly classes: readonly ClassCurve[];
  /** Of all classes together: micro and macro averages. */
  readonly averages: readonly ClassCurve[];
}

/** Curves in colour; of more classes those with the smallest areas, the others as faint lines. */
const MOST_NAMED = 10;

/** The largest number of faint lines. More would be one grey area, and a large file. */
const MOST_FAINT = 100;

interface CurveKind {
  readonly name: string;
  readonly title: string;
  readonly area: string;
  readonly x: string;
  readonly y: string;
  readonly interpolate: 'linear' | 'step-before';
  /** The line of a guess. */
  readonly chance?: readonly { readonly x: number; readonly y: number }[];
}

/** ROC curves of every class against the rest, with their areas in the legend. x: false, y: true positive rate. */
export function rocCurves(data: ClassCurvesData, title = 'ROC curves'): Promise<Figure> {
  return classCurves(data, {
    ...{ name: 'roc-curves', title, area: 'AUC', interpolate: 'linear' },
    ...{ x: 'False positive rate', y: 'True positive rate' },
    chance: [
      { x: 0, y: 0 },
      { x: 1, y: 1 },
    ],
  });
}

/** Precision-recall curves with average precisions in the legend. x: recall ascending, y: precision; drawn as steps. */
export function precisionRecallCurves(data: ClassCurvesData, title = 'Precision-recall curves'): Promise<Figure> {
  return classCurves(data, {
    ...{ name: 'precision-recall-curves', title, area: 'AP', interpolate: 'step-before' },
    ...{ x: 'Recall', y: 'Precision' },
  });
}

function classCurves({ classes, averages }: ClassCurvesData, kind: CurveKind): Promise<Figure> {
  const defined = classes.filter(({ area }) => area !== undefined);
  const ascending = defined.toSorted((a, b) => (a.area ?? 0) - (b.area ?? 0));
  const chosen = defined.length > MOST_NAMED ? new Set(ascending.slice(0, MOST_NAMED - averages.length)) : new Set(defined);
  const others = ascending.filter((curve) => !chosen.has(curve));
  const named = [...averages.filter(({ area }) => area !== undefined), ...defined.filter((curve) => chosen.has(curve))];
  const labels = distinctNames(named.map((curve) => label(curve, kind.area)));
  const channels = seriesChannels(labels, {
    orient: 'right',
    offset: 14,
    labelLimit: 260,
    symbolType: 'stroke',
    symbolSize: 500,
  });
  const skipped = classes.length - defined.length;
  const notes = [
    ...(others.length > 0
      ? [
          `named: the ${chosen.size} smallest areas; grey: ${others.length > MOST_FAINT ? `the next ${MOST_FAINT} of ` : ''}the other ${others.length} classes`,
        ]
      : []),
    ...(skipped > 0 ? [`${skipped} without samples left out`] : []),
  ];
  const axis = { values: [0, 0.2, 0.4, 0.6, 0.8, 1], format: '.1f', grid: true };
  const domain = { domain: [0, 1], nice: false };
  const longest = Math.max(...labels.map((text) => textWidth(text, typeSizes.label)));
  const side = Math.min(430, 720 - 50 - 80 - longest);
  const chance: ChartLayer[] =
    kind.chance === undefined
      ? []
      : [
          {
            data: { values: [...kind.chance] },
            mark: { type: 'line', color: colours.faintInk, strokeWidth: 1, strokeDash: [1, 4] },
            encoding: { x: { field: 'x', type: 'quantitative' }, y: { field: 'y', type: 'quantitative' } },
          },
        ];
  return renderChart({
    name: kind.name,
    title: kind.title,
    alt: `${kind.title}, one line a class. ${[...averages, ...ascending.slice(0, 40)].map(({ name, area }) => `${name} ${kind.area} ${area?.toFixed(3) ?? 'undefined'}`).join(', ')}.`,
    spec: {
      title: { text: kind.title, ...(notes.length > 0 ? { subtitle: notes.join('; ') } : {}) },
      width: side,
      height: side,
      layer: [
        ...chance,
        {
          data: { values: others.slice(0, MOST_FAINT).flatMap((curve, series) => rows(curve, String(series))) },
          mark: { type: 'line', interpolate: kind.interpolate, color: colours.faded, strokeWidth: 0.7, opacity: 0.7 },
          encoding: {
            x: { field: 'x', type: 'quantitative' },
            y: { field: 'y', type: 'quantitative' },
            detail: { field: 'series' },
            order: { field: 'order', type: 'quantitative' },
          },
        },
        {
          data: { values: named.flatMap((curve, at) => rows(curve, labels[at] ?? '')) },
          mark: { type: 'line', interpolate: kind.interpolate, clip: false },
          encoding: {
            x: { field: 'x', type: 'quantitative', title: kind.x, axis, scale: domain },
            y: { field: 'y', type: 'quantitative', title: kind.y, axis, scale: domain },
            color: channels.color,
            strokeDash: channels.strokeDash,
            order: { field: 'order', type: 'quantitative' },
          },
        },
      ],
    },
  });
}

/** `tumor (AUC 0.994)`, long names cut. */
function label({ name, area }: ClassCurve, kind: string): string {
  return `${fitted(name, 130, typeSizes.label)} (${kind} ${area?.toFixed(3) ?? ''})`;
}

function rows({ x, y }: CurvePoints, series: string): { series: string; order: number; x: number; y: number }[] {
  return Array.from(x, (value, order) => ({ series, order, x: round(value), y: round(y[order] ?? NaN) }));
}

function round(value: number): number {
  return Math.round(value * 1e5) / 1e5;
}
