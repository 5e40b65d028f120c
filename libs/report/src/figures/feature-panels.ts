import { byLargest, featureName } from '../features.js';
import { renderChart } from './drawing/render-chart.js';
import { distinctNames } from './drawing/series.js';
import { fitted, textWidth, wrapped } from './drawing/text-width.js';
import type { Figure } from './figure.js';
import { quantity } from './quantity.js';
import { colours, typeSizes, widths } from './style.js';

export interface FeaturePanelsData {
  /** `[features]` */
  readonly input: ArrayLike<number>;
  /** In the order of the features; default: their numbers. */
  readonly featureNames?: readonly string[] | undefined;
  readonly maps: readonly {
    /** `shap-kernel, drop rate 0.31` */
    readonly caption: string;
    /** `[features]` */
    readonly map: ArrayLike<number>;
    /** The features that stay at the setting; absent if a setting keeps none. */
    readonly kept?: ArrayLike<boolean>;
  }[];
  /** How features were kept: `keep 0.3`; absent if a setting keeps none. */
  readonly keep?: string;
}

/** Features a figure shows: those with the largest values in any of its maps. */
const MOST_FEATURES = 20;

const COLUMNS = 3;
const NAME_WIDTH = 170;

/**
 * One row of a table: a bar per feature and method, the features with the largest values first, each with its value in the
 * sample.
 */
export function featurePanels(
  { input, featureNames, maps, keep }: FeaturePanelsData,
  { name, title }: { readonly name: string; readonly title: string },
): Promise<Figure> {
  const order = byLargest(maps.map(({ map }) => map));
  const shown = order.slice(0, MOST_FEATURES);
  const labels = distinctNames(
    shown.map((feature) =>
      fitted(`${featureName(featureNames, feature)} = ${shortNumber(input[feature])}`, NAME_WIDTH, typeSizes.label),
    ),
  );
  const width = Math.max(
    60,
    Math.floor((widths.full - 40 - Math.max(...labels.map((label) => textWidth(label, typeSizes.label)))) / COLUMNS - 24),
  );
  // The value of a facet is one text, and Vega-Lite takes lines as a list.
  const captions = distinctNames(maps.map(({ caption }) => wrapped(caption, width, typeSizes.label).join('\n')));
  const rows = maps.flatMap(({ map, kept }, at) =>
    shown.map((feature, row) => ({
      method: captions[at] ?? '',
      feature: labels[row] ?? '',
      value: map[feature] ?? 0,
      stays: kept?.[feature] !== false,
    })),
  );
  const isKept = keep !== undefined && maps.some(({ kept }) => kept !== undefined);
  const notes = [
    ...(shown.length < order.length ? [`the ${shown.length} of ${order.length} features with the largest values`] : []),
    'blue above zero, orange below',
    ...(isKept ? [`pale: what does not stay at ${keep}`] : []),
  ];
  return renderChart({
    ...{ name, title },
    alt: `${title}: bars of ${maps.map(({ caption }) => caption).join('; ')}, a feature each: ${labels.join(', ')}${isKept ? ` (${keep})` : ''}.`,
    spec: {
      title: { text: title, subtitle: `Values of the sample beside the names; ${notes.join('; ')}.`, offset: 12 },
      data: { values: rows },
      facet: {
        field: 'method',
        type: 'nominal',
        sort: captions,
        title: null,
        header: { labelExpr: "split(datum.value, '\\n')", labelAnchor: 'start', labelLimit: width + 20 },
      },
      columns: COLUMNS,
      spacing: 18,
      spec: {
        width,
        height: { step: 16 },
        mark: { type: 'bar', height: { band: 0.7 } },
        encoding: {
          y: {
            field: 'feature',
            type: 'nominal',
            sort: null,
            title: null,
            axis: { labelLimit: NAME_WIDTH + 10, ticks: false, domain: false, labelPadding: 6 },
          },
          x: quantity('value', { title: null, scale: { zero: true }, axis: { tickCount: 3, grid: true } }),
          color: { condition: { test: 'datum.value < 0', value: colours.second }, value: colours.accent },
          opacity: { condition: { test: 'datum.stays', value: 1 }, value: 0.35 },
        },
      },
      resolve: { scale: { x: 'independent' } },
    },
  });
}

function shortNumber(value: number | undefined): string {
  return String(Number((value ?? NaN).toPrecision(3)));
}
