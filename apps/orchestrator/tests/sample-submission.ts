import { sha256, type PlannedEvaluation, type RunSubmission } from '@xaigrid/contracts';
import { explainer } from '@xaigrid/explainers';
import { metric } from '@xaigrid/metrics';

export const modelBytes = Buffer.from('not really a model');
export const modelFile = { name: 'cnn.h5', sha256: sha256(modelBytes), size: modelBytes.length };

/** A plan as a client makes it. */
export function samplePlan(overrides: Partial<PlannedEvaluation> = {}): PlannedEvaluation {
  return {
    dataset: {
      ...{ name: 'mnist1d', kind: 'mnist1d', params: { split: 'test' }, files: [], fingerprint: 'd'.repeat(64), size: 1000 },
      ...{ sampleShape: [40, 1], classNames: ['0', '1'] },
    },
    model: { name: 'cnn', format: 'keras-hdf5', files: [modelFile], fingerprint: sha256(modelFile.sha256) },
    engine: 'onnxruntime',
    explainer: { method: 'sise', version: explainer('sise').version, params: { layers: ['conv1d_2'] }, files: [] },
    ...{ explainedClass: 'predicted', seed: 0, samples: 10, label: 'sise' },
    settings: [
      {
        metric: 'drop-increase',
        version: metric('drop-increase').version,
        scoredClass: 'predicted',
        setting: { keepFraction: 0.3, baseline: 'zero' },
      },
    ],
    ...overrides,
  };
}

export function sampleSubmission(...plans: readonly PlannedEvaluation[]): RunSubmission {
  const evaluations = (plans.length === 0 ? [samplePlan()] : plans).map((plan) => ({ plan, shardSize: 4 }));
  return { name: 'sample', specText: 'name: sample\n', evaluations };
}
