import type { EvaluationDetails, RunState } from '@xaigrid/contracts';
import type { PredictionSource } from '../src/model-quality.js';
import type { Subject } from '../src/subjects.js';

/** A model and a data set with one evaluation. */
export function subjectOf(samples: number, runState: RunState = 'done'): Subject {
  const evaluation = {
    ...{ ordinal: 3, label: 'sise', dataset: 'd', datasetFingerprint: 'f', model: 'm', modelFingerprint: 'f', method: 'sise' },
    ...{ methodVersion: 1, params: {}, engine: 'onnxruntime' as const, explainedClass: 'predicted' as const, seed: 0 },
    ...{ samples, settings: 1, mapSetKey: 'k', runId: 'r', runState, name: 'sise' },
  };
  return { dataset: 'd', model: 'm', title: 'm on d', evaluations: [evaluation] };
}

export interface StoredRow {
  readonly sampleIndex: number;
  readonly label: number;
  readonly outputs: ArrayLike<number>;
}

/** Predictions as a run stores them; remembers how many were asked for at a time. */
export function storedPredictions(
  rows: readonly StoredRow[],
  details: Partial<EvaluationDetails> = {},
): PredictionSource & { readonly asked: number[] } {
  const asked: number[] = [];
  const classes = rows[0]?.outputs.length ?? 0;
  return {
    asked,
    evaluation: () => Promise.resolve({ classNames: [], sampleShape: [2], storedPredictions: rows.length, ...details }),
    predictions(_run, _ordinal, start, end) {
      asked.push(end - start);
      const page = rows.filter(({ sampleIndex }) => sampleIndex >= start && sampleIndex < end);
      return Promise.resolve({
        sampleIndices: Int32Array.from(page, ({ sampleIndex }) => sampleIndex),
        labels: Int32Array.from(page, ({ label }) => label),
        outputs: { shape: [page.length, classes], data: Float32Array.from(page.flatMap(({ outputs }) => Array.from(outputs))) },
      });
    },
  };
}
