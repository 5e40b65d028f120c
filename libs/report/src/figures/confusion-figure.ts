import { renderChart } from './drawing/render-chart.js';
import { distinctNames } from './drawing/series.js';
import { fitted, textWidth } from './drawing/text-width.js';
import type { Figure } from './figure.js';
import { colours, onShades, shades, typeSizes, widths } from './style.js';

export interface ConfusionFigureData {
  readonly classNames: readonly string[];
  /** `[true class, predicted class]`, samples */
  readonly counts: ArrayLike<number>;
}

/** Classes that one figure can show; of more, those with the largest share of mistakes are shown. */
const MOST_CLASSES = 30;

export interface ConfusionFigureOptions {
  readonly title?: string;
  /** What the numbers are: samples (default), or shares of the true class. */
  readonly values?: 'samples' | 'shares';
}

/** The confusion matrix: samples or shares as text, shares of the true class as shade. Empty cells stay empty. */
export function confusionFigure(data: ConfusionFigureData, options: ConfusionFigureOptions = {}): Promise<Figure> {
  const { values = 'samples' } = options;
  const { title = values === 'samples' ? 'Confusion matrix' : 'Confusion matrix, normalised' } = options;
  const { classNames, counts } = data;
  const all = classNames.length;
  const count = (truth: number, prediction: number): number => counts[truth * all + prediction] ?? 0;
  const supports = classNames.map((_, truth) => sum(classNames.map((__, prediction) => count(truth, prediction))));
  const shown = mostConfused(classNames.map((_, c) => ((supports[c] ?? 0) === 0 ? 0 : 1 - count(c, c) / (supports[c] ?? 1))));
  const limit = shown.length > 12 ? 90 : 150;
  const names = distinctNames(shown.map((c) => fitted(classNames[c] ?? '', limit, typeSizes.label)));
  const widest = Math.max(...names.map((name) => textWidth(name, typeSizes.label)));
  const step = Math.max(16, Math.min(52, Math.floor((widths.full - 60 - widest - 70) / shown.length)));
  const cells = shown.flatMap((truth, row) =>
    shown.map((prediction, column) => {
      const samples = count(truth, prediction);
      const share = (supports[truth] ?? 0) === 0 ? 0 : samples / (supports[truth] ?? 1);
      return {
        truth: names[row],
        prediction: names[column],
        text: samples === 0 ? '' : values === 'samples' ? brief(samples) : shareText(share),
        share,
        dark: share > 0.5,
      };
    }),
  );
  const axis = { ticks: false, domain: false, labelLimit: 200, labelPadding: 4 };
  const left = shown.length < all ? `the ${shown.length} classes with the largest share of mistakes, of ${all}; ` : '';
  const mistakes = shown
    .flatMap((truth) => shown.map((prediction) => ({ truth, prediction, samples: count(truth, prediction) })))
    .filter(({ truth, prediction, samples }) => truth !== prediction && samples > 0)
    .sort((a, b) => b.samples - a.samples)
    .slice(0, 5)
    .map(({ truth, prediction, samples }) => `${classNames[truth]} taken for ${classNames[prediction]} ${samples} times`);
  return renderChart({
    name: values === 'samples' ? 'confusion-matrix' : 'confusion-matrix-normalised',
    title,
    alt: `${title}. Most frequent mistakes: ${mistakes.length === 0 ? 'none' : mistakes.join(', ')}.`,
    spec: {
      title: {
        text: title,
        subtitle: `${left}${values === 'samples' ? 'numbers: samples; shade: share of the true class' : 'shares of the true class'}`,
      },
      width: { step },
      height: { step: Math.max(16, Math.min(step, 34)) },
      data: { values: cells },
      encoding: {
        x: {
          field: 'prediction',
          type: 'nominal',
          sort: null,
          title: 'Predicted class',
          axis: { ...axis, orient: 'bottom', labelAngle: widest + 6 > step ? -60 : 0 },
        },
        y: { field: 'truth', type: 'nominal', sort: null, title: 'True class', axis },
      },
      layer: [
        {
          mark: { type: 'rect', stroke: colours.rule, strokeWidth: 0.6 },
          encoding: {
            color: {
              field: 'share',
              type: 'quantitative',
              scale: { domain: [0, 1], range: [...shades], interpolate: 'rgb' },
              legend: { title: 'Share', format: '.1f', gradientLength: Math.min(160, 16 * shown.length), values: [0, 0.5, 1] },
            },
          },
        },
        {
          transform: [{ filter: "datum.text !== ''" }],
          mark: { type: 'text', fontSize: step < 24 ? 8 : typeSizes.label },
          encoding: {
            text: { field: 'text' },
            color: { condition: { test: 'datum.dark', value: onShades.light }, value: onShades.dark },
          },
        },
      ],
    },
  });
}

function mostConfused(mistakes: readonly number[]): number[] {
  const order = Array.from(mistakes.keys());
  if (order.length <= MOST_CLASSES) return order;
  return order
    .sort((a, b) => (mistakes[b] ?? 0) - (mistakes[a] ?? 0))
    .slice(0, MOST_CLASSES)
    .sort((a, b) => a - b);
}

/** At most four characters: 9999, 12k. */
function brief(samples: number): string {
  return samples < 10_000 ? String(samples) : `${Math.round(samples / 1000)}k`;
}

/** `.27`, `1`: as short as a cell is narrow. */
function shareText(share: number): string {
  return share >= 0.995 ? '1' : share.toFixed(2).slice(1);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
