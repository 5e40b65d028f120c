import type { RunEvaluation } from '@xaigrid/contracts';
import type { RunControl } from '@xaigrid/control';
import type { TidyPrediction } from '@xaigrid/report';
import { argmaxRows, rowsOf } from '@xaigrid/tensor';

/** Outputs read at a time; 4 MB. */
const OUTPUTS_AT_A_TIME = 1 << 20;

type Predicted = Pick<RunEvaluation, 'ordinal' | 'dataset' | 'model' | 'engine' | 'samples' | 'chosen'>;

/** The stored predictions of a run. Evaluations of one model on one data set share theirs; each is given once. */
export async function* runPredictions(
  control: Pick<RunControl, 'predictions' | 'evaluation'>,
  runId: string,
  evaluations: readonly Predicted[],
): AsyncGenerator<TidyPrediction> {
  for (const evaluation of largestOfEach(evaluations)) {
    const { ordinal, samples, chosen } = evaluation;
    const { classNames, sampleIndices } = await control.evaluation(runId, ordinal);
    const indices = chosen === undefined ? undefined : sampleIndices;
    const step = Math.max(1, Math.floor(OUTPUTS_AT_A_TIME / Math.max(1, classNames.length)));
    for (let row = 0; row < samples; row += step) {
      const last = Math.min(samples, row + step) - 1;
      const start = indices === undefined ? row : (indices[row] ?? 0);
      const end = (indices === undefined ? last : (indices[last] ?? 0)) + 1;
      const { outputs, labels, labelSets, sampleIndices: found } = await control.predictions(runId, ordinal, start, end);
      const predicted = argmaxRows(outputs);
      for (const [at, sampleIndex] of found.entries())
        yield {
          ...{ runId, evaluation, classNames, sampleIndex },
          trueClass: labels[at] ?? -1,
          trueClasses: labelSets === undefined ? undefined : [...(labelSets[at] ?? [])],
          predictedClass: predicted[at] ?? -1,
          outputs: [...rowsOf(outputs, at, at + 1).data],
        };
    }
  }
}

/** Of each data set, model and engine the evaluation with the most samples: it has the predictions of all others. */
function largestOfEach(evaluations: readonly Predicted[]): Predicted[] {
  const found = new Map<string, Predicted>();
  for (const evaluation of evaluations) {
    const key = JSON.stringify([evaluation.dataset, evaluation.model, evaluation.engine]);
    if ((found.get(key)?.samples ?? -1) < evaluation.samples) found.set(key, evaluation);
  }
  return [...found.values()];
}
