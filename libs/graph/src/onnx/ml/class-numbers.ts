import { XaigridError } from '@xaigrid/contracts';
import { sampleRandom, sizeOf } from '@xaigrid/tensor';
import type { ChosenOutput } from '../../choose-output.js';
import { constantOf, numbersOf } from '../../constants.js';
import type { EvaluateConstants } from '../../folding/constant-part.js';
import type { Graph } from '../../graph.js';
import { apart, nameInFile } from '../../names.js';
import type { LabelOutputs } from './class-outputs.js';

interface Asked {
  readonly output: ChosenOutput;
  readonly multiLabel: boolean | undefined;
  readonly labels: LabelOutputs;
  readonly evaluate: EvaluateConstants;
}

/** What the numbers of an output are, in the terms of a spec. */
interface ClassNumbers {
  readonly values?: NonNullable<ChosenOutput['values']>;
  readonly multiLabel: boolean | undefined;
}

/**
 * Finds out what the numbers of a scikit-learn model's output are: probabilities if each row is in [0, 1] and sums to 1. A file
 * without labels is not a classifier.
 * @throws MODEL_UNSUPPORTED for a regressor, and if it cannot be found out
 */
export async function classNumbers(graph: Graph, { output, multiLabel, labels, evaluate }: Asked): Promise<ClassNumbers> {
  if (output.values !== undefined) return { values: output.values, multiLabel };
  if (labels.names.length === 0 && output.classes === 1) {
    throw new XaigridError(
      'MODEL_UNSUPPORTED',
      `The model's one output "${output.name}" is a quantity: the file has no labels, unlike scikit-learn's classifiers. Regression is not supported. Set output: logits or probabilities if it is the log-odds or the probability of class 1.`,
    );
  }
  if (!labels.oneOf || !(await givesShares(graph, apart(output.name), evaluate))) return { multiLabel };
  return { values: 'probabilities', multiLabel: multiLabel ?? false };
}

/** The scales of the random samples that are tried. */
const SCALES = [0.1, 1, 10, 1000];
/** The rounding error of float32 in a sum of some hundred classes. */
const TOLERANCE = 1e-4;

/**
 * Whether an output `[n, classes]` gives shares that sum to 1, as probabilities do. The graph is run on a few random samples,
 * because scikit-learn's models end in many ways (trees, votes, quotients). Rows that are not finite do not count: votes of no
 * neighbours are 0/0.
 * @throws MODEL_UNSUPPORTED if no row is finite
 */
async function givesShares(graph: Graph, output: string, evaluate: EvaluateConstants): Promise<boolean> {
  const [input] = graph.inputs;
  if (input === undefined) return false;
  const [rows = null, ...extents] = input.shape;
  const shape = [rows ?? SCALES.length, ...extents.map((extent) => extent ?? 1)];
  const size = sizeOf(shape.slice(1));
  const random = sampleRandom(0, 0, 1);
  const scaleOf = (row: number) => SCALES[row % SCALES.length] ?? 1;
  const values = Array.from({ length: sizeOf(shape) }, (_, at) => (2 * random.uniform() - 1) * scaleOf(Math.floor(at / size)));
  const constants = new Map([...graph.constants, [input.name, constantOf('float', shape, values)] as const]);
  const found = (await evaluate({ nodes: graph.nodes, constants, wanted: [output] })).get(output);
  if (found === undefined) return false;
  const numbers = numbersOf(found);
  const classes = numbers.length / (shape[0] ?? 1);
  const all = Array.from({ length: shape[0] ?? 1 }, (_, row) => numbers.slice(row * classes, (row + 1) * classes));
  const finite = all.filter((row) => row.every(Number.isFinite));
  if (finite.length === 0)
    throw new XaigridError(
      'MODEL_UNSUPPORTED',
      `Whether the model's output "${nameInFile(output)}" gives probabilities is not known: of random samples it is not finite. Say output: probabilities, or logits.`,
    );
  return finite.every(
    (row) =>
      row.every((value) => value >= -TOLERANCE && value <= 1 + TOLERANCE) &&
      Math.abs(row.reduce((sum, value) => sum + value, 0) - 1) <= TOLERANCE,
  );
}
