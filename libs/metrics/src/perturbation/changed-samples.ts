import type { Target } from '@xaigrid/contracts';
import { argmaxRows, outputsOfClasses } from '@xaigrid/tensor';
import type { ScoreRequest } from '../metric.js';
import { MOST_ROWS } from '../samples-per-call.js';
import { finiteOutputs } from './finite-outputs.js';
import { perturbedOutputs } from './perturbed-outputs.js';

/** How one sample is changed, and what is made of the outputs. */
interface ChangedSample<Result> {
  /** Changes a copy of the sample in place. Copies come in order, each once. */
  readonly change: (values: Float32Array<ArrayBuffer>, copy: number) => void;
  /** Makes the result from F of the scored class and the predicted class of each copy. */
  readonly result: (outputs: Float64Array<ArrayBuffer>, predicted: Int32Array<ArrayBuffer>) => Result;
}

interface Changes<Result> {
  /** The number of changed copies of each sample. */
  readonly copies: number;
  readonly target: Target;
  readonly of: (sample: number) => ChangedSample<Result>;
}

/**
 * Changes each sample in many ways and makes one result from its outputs. The state that `of` makes for samples, and their
 * outputs, are kept for a few thousand copies at a time, so that many copies of many samples fit into memory.
 *
 * @returns one result per sample
 * @throws MODEL_UNSUPPORTED for outputs that should be probabilities and are none; NOT_FINITE for other outputs that are NaN or
 * infinite
 */
export async function changedSamples<Result>(
  request: Pick<ScoreRequest, 'engine' | 'inputs' | 'classes' | 'sampleIndices' | 'signal'>,
  { copies, target, of }: Changes<Result>,
): Promise<Result[]> {
  const samples = request.inputs.shape[0] ?? 0;
  const together = Math.max(1, Math.floor(MOST_ROWS / copies));
  const results: Result[] = [];
  for (let from = 0; from < samples; from += together) {
    const begun = Array.from({ length: Math.min(together, samples - from) }, (_, place) => of(from + place));
    const sampleOf = Int32Array.from({ length: begun.length * copies }, (_, row) => from + Math.floor(row / copies));
    const own = new Float64Array(sampleOf.length);
    const predicted = new Int32Array(sampleOf.length);
    for (let done = 0; done < own.length; done += MOST_ROWS) {
      const rows = sampleOf.slice(done, done + MOST_ROWS);
      const outputs = await perturbedOutputs(request, {
        ...{ sampleOf: rows, target },
        change: (values, row) => {
          begun[Math.floor((done + row) / copies)]?.change(values, (done + row) % copies);
        },
      });
      own.set(
        outputsOfClasses(
          outputs,
          rows.map((sample) => request.classes[sample] ?? -1),
        ),
        done,
      );
      predicted.set(argmaxRows(outputs), done);
    }
    for (const [place, { result }] of begun.entries()) {
      const copiesOf = [place * copies, (place + 1) * copies] as const;
      results.push(result(finiteOutputs(request, from + place, own.slice(...copiesOf)), predicted.slice(...copiesOf)));
    }
  }
  return results;
}
