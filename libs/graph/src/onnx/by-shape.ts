import { int } from '../attributes.js';
import type { Constant, Graph, GraphNode } from '../graph.js';
import { inferShapes } from '../shapes/infer.js';
import { attention } from './attention.js';
import { ofComputedStatistics } from './batch-normalization.js';
import { dataTypes } from './data-types.js';
import { gatherND } from './gather-nd.js';
import { reduceProd } from './products.js';
import { resize } from './resize.js';
import type { ByShape } from './shape-values.js';

/**
 * The graph with some operators replaced by equivalents, where types and shapes determine these: Attention and BatchNormalization
 * by computed statistics are split, CastLike becomes Cast, GatherND becomes Gather, ReduceProd becomes products, and Resize of
 * tf2onnx takes a form that ONNX Runtime computes. Call it after constants are folded, because many shapes are unknown before.
 * @throws MODEL_UNSUPPORTED as `attention`
 */
export function withoutOperatorsByShape(graph: Graph): Graph {
  if (!graph.nodes.some(({ op }) => op in replacements)) return graph;
  const infos = inferShapes(graph);
  const constants = new Map(graph.constants);
  const nodes = graph.nodes.flatMap((node) => {
    const addConstant = (what: string, constant: Constant): string => {
      const name = `${node.outputs[0] ?? node.name}/${what}`;
      constants.set(name, constant);
      return name;
    };
    return (
      replacements[node.op]?.(node, {
        addConstant,
        infoOf: (value) => infos.get(value),
        constantOf: (value) => constants.get(value),
      }) ?? [node]
    );
  });
  return { ...graph, nodes, constants };
}

function castLike(node: GraphNode, { infoOf }: ByShape): GraphNode[] {
  const type = infoOf(node.inputs[1] ?? '')?.type;
  if (type === undefined) return [node];
  return [{ ...node, op: 'Cast', inputs: node.inputs.slice(0, 1), attributes: { to: int(dataTypes[type]) } }];
}

const replacements: Readonly<Record<string, (node: GraphNode, known: ByShape) => GraphNode[]>> = {
  Attention: attention,
  BatchNormalization: ofComputedStatistics,
  CastLike: castLike,
  GatherND: gatherND,
  ReduceProd: reduceProd,
  Resize: resize,
};
