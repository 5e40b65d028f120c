import { renderChart } from './drawing/render-chart.js';
import type { Figure } from './figure.js';
import { colours, paleAccent, widths } from './style.js';

export interface ReliabilityData {
  readonly bins: readonly {
    readonly low: number;
    readonly high: number;
    readonly samples: number;
    readonly confidence: number | undefined;
    readonly accuracy: number | undefined;
  }[];
  /** Expected calibration error. */
  readonly expectedError: number;
}

/** Accuracy against confidence by bin, the gap to the diagonal hatched by a second shade, and how many samples each bin has. */
export function reliabilityDiagram({ bins, expectedError }: ReliabilityData, title = 'Reliability diagram'): Promise<Figure> {
  const samples = bins.reduce((total, bin) => total + bin.samples, 0);
  const rows = bins.map((bin) => ({ ...bin, share: bin.samples / samples }));
  const used = rows.filter((bin) => bin.samples > 0);
  const axis = { values: [0, 0.2, 0.4, 0.6, 0.8, 1], format: '.1f', grid: true };
  const domain = { domain: [0, 1], nice: false };
  const x = { field: 'low', type: 'quantitative', title: null, axis: { ...axis, labels: false }, scale: domain } as const;
  const size = widths.half;
  return renderChart({
    name: 'reliability-diagram',
    title,
    alt: `${title}: expected calibration error ${expectedError.toFixed(4)}. ${used.map((bin) => `confidence ${bin.confidence?.toFixed(2)}: accuracy ${bin.accuracy?.toFixed(2)} of ${bin.samples} samples`).join('; ')}.`,
    spec: {
      title: {
        text: title,
        subtitle: [
          `Expected calibration error ${expectedError.toFixed(4)}.`,
          'Bars: accuracy; points: mean confidence; dotted: perfectly calibrated.',
        ],
      },
      spacing: 8,
      vconcat: [
        {
          width: size,
          height: size,
          layer: [
            {
              data: { values: used },
              mark: { type: 'bar', color: paleAccent, stroke: colours.accent, strokeWidth: 1 },
              encoding: {
                x,
                x2: { field: 'high' },
                y: { field: 'accuracy', type: 'quantitative', title: 'Accuracy', axis, scale: domain },
                y2: { datum: 0 },
              },
            },
            {
              data: {
                values: [
                  { x: 0, y: 0 },
                  { x: 1, y: 1 },
                ],
              },
              mark: { type: 'line', strokeDash: [1, 4], color: colours.ink, strokeWidth: 1.2 },
              encoding: { x: { field: 'x', type: 'quantitative' }, y: { field: 'y', type: 'quantitative' } },
            },
            {
              data: { values: used },
              mark: { type: 'rule', color: colours.second, strokeWidth: 1.6 },
              encoding: {
                x: { field: 'confidence', type: 'quantitative' },
                y: { field: 'accuracy', type: 'quantitative' },
                y2: { field: 'confidence' },
              },
            },
            {
              data: { values: used },
              mark: { type: 'point', filled: true, size: 32, color: colours.second, opacity: 1 },
              encoding: { x: { field: 'confidence', type: 'quantitative' }, y: { field: 'confidence', type: 'quantitative' } },
            },
          ],
        },
        {
          width: size,
          height: 60,
          data: { values: used },
          mark: { type: 'bar', color: colours.faded, stroke: colours.faintInk, strokeWidth: 1 },
          encoding: {
            x: { field: 'low', type: 'quantitative', title: 'Confidence in the predicted class', axis, scale: domain },
            x2: { field: 'high' },
            y: {
              field: 'share',
              type: 'quantitative',
              title: 'Samples',
              axis: { format: '.0%', tickCount: 2, grid: false },
              scale: { domain: [0, Math.max(...rows.map(({ share }) => share))], nice: true },
            },
            y2: { datum: 0 },
          },
        },
      ],
    },
  });
}
