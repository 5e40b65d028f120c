import type { Constant, Graph, GraphNode } from '../../graph.js';
import { inferenceOf } from '../../shapes/infer.js';
import { linearRewrites } from './linear-models.js';
import { withSoftmaxes } from './log-likelihoods.js';
import { preprocessingRewrites } from './preprocessing.js';
import type { Rewrite } from './rewriting.js';
import { withSigmoids } from './sigmoids.js';

const rewrites: ReadonlyMap<string, Rewrite> = new Map(Object.entries({ ...preprocessingRewrites, ...linearRewrites }));

/**
 * The graph with the arithmetic operators of `ai.onnx.ml` written in ONNX's own operators, so that gradients and DeepLIFT pass
 * through them. Trees and support vector machines stay. Names of values stay.
 */
export function withoutMlOperators(graph: Graph): Graph {
  const constants = new Map(graph.constants);
  const inference = inferenceOf(graph.inputs, constants);
  const used = new Set([...graph.nodes.flatMap(({ inputs }) => inputs), ...graph.outputs.map(({ name }) => name)]);
  const producers = new Map<string, string>();
  const nodes = graph.nodes.flatMap((node) => {
    const replaced = rewritten(node, { constants, infoOf: inference.infoOf, used, producers });
    for (const own of replaced) {
      inference.infer(own);
      for (const output of own.outputs) producers.set(output, own.op);
    }
    return replaced;
  });
  return withSigmoids(withSoftmaxes({ ...graph, nodes, constants }));
}

interface Known {
  readonly constants: Map<string, Constant>;
  readonly infoOf: ReturnType<typeof inferenceOf>['infoOf'];
  readonly used: ReadonlySet<string>;
  readonly producers: ReadonlyMap<string, string>;
}

function rewritten(node: GraphNode, { constants, infoOf, used, producers }: Known): GraphNode[] {
  const rewrite = rewrites.get(node.op);
  if (rewrite === undefined) return [node];
  const inputOf = (index: number) => node.inputs[index] ?? '';
  const info = infoOf(inputOf(0));
  const steps: GraphNode[] = [];
  const added = new Map<string, Constant>();
  const nameOf = (what: string) => `${node.outputs.at(-1) ?? node.name}/${what}`;
  const done = rewrite({
    node,
    type: info?.type ?? 'float',
    rank: info?.shape.length,
    constant: (index) => constants.get(inputOf(index)),
    isUsed: (index) => used.has(node.outputs[index] ?? ''),
    producer: (index) => producers.get(inputOf(index)),
    add(what, constant) {
      added.set(nameOf(what), constant);
      return nameOf(what);
    },
    step(op, inputs, attributes = {}) {
      const output = nameOf(op);
      steps.push({ name: `${node.name}/${op}`, op, inputs, outputs: [output], attributes });
      return output;
    },
    last(op, inputs, attributes = {}, output = 0) {
      steps.push({ ...node, op, inputs, outputs: [node.outputs[output] ?? ''], attributes });
    },
  });
  if (!done) return [node];
  for (const [name, constant] of added) constants.set(name, constant);
  return steps;
}
