import { repository } from './processes.js';

/** A small but whole spec on the demo model: two kinds of explainers, two settings. */
export function smallSpec(
  options: {
    readonly samples?: number;
    readonly shardSize?: number;
    readonly keepFractions?: readonly number[];
    readonly model?: string;
  } = {},
): string {
  const { samples = 60, shardSize, keepFractions = [0.3, 0.7], model = `${repository}models/mnist1d-cnn/model.json` } = options;
  return JSON.stringify({
    name: 'small',
    limit: samples,
    ...(shardSize === undefined ? {} : { shardSize }),
    datasets: { mnist1d: { kind: 'mnist1d', split: 'test' } },
    models: { cnn: { path: model } },
    evaluations: [
      {
        dataset: 'mnist1d',
        model: 'cnn',
        explainers: [
          { method: 'sise' },
          { method: 'shap-deep', explainedClass: 'label', background: { dataset: 'mnist1d', size: 50 } },
          { method: 'shap-gradient', draws: 20, background: { dataset: 'mnist1d', size: 50 } },
        ],
        metrics: [{ metric: 'drop-increase', keepFractions }],
      },
    ],
  });
}
