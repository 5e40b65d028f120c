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
 * The graph with operators as others that mean the same, where types and shapes say which: Attention taken apart, and BatchNormalization by
 * computed statistics, CastLike as Cast, GatherND as Gather, ReduceProd factor by factor, Resize of tf2onnx as ONNX Runtime computes it. Called when what is constant is
 * computed, since before that many shapes are not known.
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
