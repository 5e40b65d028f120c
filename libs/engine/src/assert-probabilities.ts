import { XaigridError } from '@xaigrid/contracts';
import type { Tensor } from '@xaigrid/tensor';
import type { ModelDescription } from './engine.js';

/** How far rounding may take a probability below 0 or above 1. */
const BEYOND = 1e-5;
/** How far rounding may take the sum of all probabilities from 1. With float16 and a thousand classes it is at most 5e-4. */
const SUM_OFF = 0.01;
/** The most outputs that a message lists. */
const MOST_LISTED = 5;

/**
 * Checks that outputs are probabilities. Drop, increase, insertion and deletion mean nothing for other numbers: a drop of 1.01,
 * an area of 16. NaN is ignored.
 * @param outputs `[n, classes]`
 * @param nameOf the name of a row: `sample 3`
 * @throws MODEL_UNSUPPORTED naming the first row with a value outside 0 to 1, or, if classes exclude each other, with a sum other
 * than 1
 */
export function assertProbabilities(
  { data, shape: [rows = 0, classes = 1] }: Tensor,
  model: Pick<ModelDescription, 'ofOneProbability' | 'exclusive'>,
  nameOf: (row: number) => string,
): void {
  for (let row = 0; row < rows; row++) {
    const values = data.subarray(row * classes, (row + 1) * classes);
    let sum = 0;
    for (const value of values) {
      if (value < -BEYOND || value > 1 + BEYOND) throw unsupported(outsideText(values, model, nameOf(row)));
      sum += value;
    }
    if (model.exclusive === true && Math.abs(sum - 1) > SUM_OFF) throw unsupported(sumText(values, sum, nameOf(row)));
  }
}

function outsideText(
  values: Float32Array,
  { ofOneProbability = false }: Pick<ModelDescription, 'ofOneProbability'>,
  name: string,
) {
  return ofOneProbability
    ? `The model's one output is ${values[1] ?? NaN} on ${name}, which is not a probability. Set output: logits if it is the log-odds of class 1; models that predict quantities (regression) are not supported.`
    : `The model's outputs on ${name} are not probabilities between 0 and 1: ${listed(values)}. Set output: logits; a Softmax then makes probabilities of them (with multiLabel: true, one Sigmoid each).`;
}

function sumText(values: Float32Array, sum: number, name: string): string {
  return `The model's outputs on ${name} add up to ${rounded(sum)}, not to 1, as probabilities of classes that exclude each other must: ${listed(values)}. Set output: logits if they are logits, or multiLabel: true if the classes do not exclude each other.`;
}

/** A row in a message: `16.3, -4, 0.25, … (10 in all)`. */
function listed(values: Float32Array): string {
  const first = Array.from(values.subarray(0, MOST_LISTED), rounded).join(', ');
  return values.length > MOST_LISTED ? `${first}, … (${values.length} in all)` : first;
}

const rounded = (value: number): string => String(Number(value.toPrecision(4)));

const unsupported = (message: string): XaigridError => new XaigridError('MODEL_UNSUPPORTED', message);
