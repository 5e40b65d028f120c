import { repository } from '../support/processes.js';

/** The test split of MNIST-1D has so many. */
const SAMPLES = 1_000;
const SHARD_SIZE = 2;

/**
 * A run of as many samples as asked for, or some more, in shards of two: evaluations of cheap methods on the demo model, no two of which
 * have a map in common.
 */
export function chaosSpec({ samples }: { readonly samples: number }): string {
  const evaluations = Math.ceil(samples / SAMPLES);
  const background = { dataset: 'mnist1d', size: 20 };
  return JSON.stringify({
    name: 'chaos',
    limit: Math.ceil(samples / evaluations),
    shardSize: SHARD_SIZE,
    datasets: { mnist1d: { kind: 'mnist1d', split: 'test' } },
    models: { cnn: { path: `${repository}models/mnist1d-cnn/model.json` } },
    evaluations: [
      {
        dataset: 'mnist1d',
        model: 'cnn',
        explainers: Array.from({ length: evaluations }, (_, index) =>
          index === 0
            ? { method: 'sise' }
            : { method: 'shap-gradient', name: `draws-${4 + index}`, draws: 4 + index, background },
        ),
        metrics: [{ metric: 'drop-increase', keepFractions: [0.3, 0.7] }],
      },
    ],
  });
}
