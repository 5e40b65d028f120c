import { int } from './attributes.js';
import type { GraphBuilder } from './builder.js';
import type { GraphNode } from './graph.js';

/** What a spec may say of a model's output: what its numbers are. */
export type OutputOption = 'logits' | 'probabilities';

/** What is added behind a model's output so that it gives probabilities. */
export type Ending = 'none' | 'softmax' | 'sigmoid' | 'exp';

/** Operators that pass probabilities on as they are. */
const passing = ['Identity', 'Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Dropout', 'Cast', 'Transpose'];

/**
 * Explanations and scores are about probabilities. A model that ends in Softmax or a sigmoid has them; one that ends in
 * LogSoftmax gives their logarithms; everything else is taken for logits. A single logit is the log-odds of one class.
 * @param option overrules what the graph looks like
 */
export function chooseEnding(
  graph: { readonly nodes: readonly GraphNode[]; readonly value: string; readonly classes: number },
  option: OutputOption | undefined,
): Ending {
  if (option === 'probabilities') return 'none';
  const logits = graph.classes === 1 ? 'sigmoid' : 'softmax';
  if (option === 'logits') return logits;
  const last = lastOperator(graph);
  if (last === 'Softmax' || last === 'Sigmoid' || last === 'HardSigmoid') return 'none';
  return last === 'LogSoftmax' ? 'exp' : logits;
}

function lastOperator({ nodes, value }: { readonly nodes: readonly GraphNode[]; readonly value: string }): string | undefined {
  const producers = new Map(nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  let node = producers.get(value);
  while (node !== undefined && passing.includes(node.op)) node = producers.get(node.inputs[0] ?? '');
  return node?.op;
}

/** Adds what `ending` says; returns the value that holds the probabilities, `[n, classes]`. */
export function addEnding(builder: GraphBuilder, value: string, ending: Ending): string {
  switch (ending) {
    case 'none':
      return value;
    case 'softmax':
      return builder.named('probabilities', 'Softmax', [value], { axis: int(1) });
    case 'sigmoid':
      return builder.named('probabilities', 'Sigmoid', [value]);
    case 'exp':
      return builder.named('probabilities', 'Exp', [value]);
  }
}
