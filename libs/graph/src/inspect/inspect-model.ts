import type { ModelFormat } from '@xaigrid/contracts';
import { sizeOf } from '@xaigrid/tensor';
import type { Graph, GraphNode } from '../graph.js';
import type { Alone, Model, ModelOutput } from '../model.js';
import { nameInFile } from '../names.js';
import { logitsMadeBy } from '../target.js';
import { flopsOf } from './flops.js';
import { deepLiftSupport, gradientSupport, type Support } from './support.js';

/** One layer of a model, as `xaigrid inspect` lists it. */
export interface InspectedLayer {
  readonly name: string;
  readonly aliases: readonly string[];
  /** Those of the aliases that are names of PyTorch modules, the outermost first. */
  readonly modules: readonly string[];
  readonly kind: string;
  /** Channels last, without the batch. */
  readonly shape: readonly number[];
  readonly parameters: number;
  /** The operations of one sample, from the layers that it reads to its output; see `flopsOf`. */
  readonly flops: number;
  /** Whether SISE explains it by default. */
  readonly saliency: boolean;
}

/** What is known about a model without running it. */
export interface ModelInspection {
  readonly format: ModelFormat;
  readonly producer?: string;
  readonly input: Model['input'];
  /** The output; `ending` is what is added after the file's own output. */
  readonly output: ModelOutput;
  /**
   * How probabilities are made from logits. Absent if the model's logits cannot be found; then `probability` is the only target.
   */
  readonly logits?: 'softmax' | 'sigmoid';
  readonly layers: readonly InspectedLayer[];
  /** The number of weights; shared weights count once. */
  readonly parameters: number;
  readonly flops: number;
  readonly saliencyLayers: readonly string[];
  /** Why the model takes one sample at a time. Absent if it takes any number. */
  readonly alone?: Alone;
  readonly gradient: Support;
  readonly deepLift: Support;
}

/** Describes a model without running it. */
export function inspectModel(model: Model): ModelInspection {
  const flops = flopsOf(model.graph);
  const shares = nodesByValue(
    model.graph,
    model.layers.map(({ value }) => value),
  );
  const layers = model.layers.map(({ name, aliases = [], modules = [], kind, shape, parameters }, index): InspectedLayer => {
    const own = (shares[index] ?? []).reduce((sum, node) => sum + (flops.get(node) ?? 0), 0);
    return { ...{ name, aliases, modules, kind, shape, parameters }, flops: own, saliency: model.saliencyLayers.includes(name) };
  });
  const logits = logitsMadeBy(model);
  return {
    format: model.format,
    ...(model.producer === undefined ? {} : { producer: model.producer }),
    input: { ...model.input, name: nameInFile(model.input.name) },
    output: { ...model.output, name: nameInFile(model.output.name) },
    ...(logits === undefined ? {} : { logits }),
    layers,
    parameters: parametersOf(model),
    flops: [...flops.values()].reduce((sum, count) => sum + count, 0),
    saliencyLayers: model.saliencyLayers,
    ...(model.alone === undefined ? {} : { alone: model.alone }),
    gradient: gradientSupport(model.graph),
    deepLift: deepLiftSupport(model.graph),
  };
}

/** For each value in order, the nodes that it needs and that no value before it needed. */
function nodesByValue(graph: Graph, values: readonly string[]): GraphNode[][] {
  const producers = new Map(graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  const counted = new Set<GraphNode>();
  return values.map((value) => {
    const own: GraphNode[] = [];
    const waiting = [value];
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
      const node = producers.get(name);
      if (node === undefined || counted.has(node)) continue;
      counted.add(node);
      own.push(node);
      waiting.push(...node.inputs);
    }
    return own;
  });
}

function parametersOf({ keras, graph }: Model): number {
  if (keras !== undefined) return keras.weights.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const floats = [...graph.constants.values()].filter(({ type, shape }) => type === 'float' && shape.length > 0);
  return floats.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}
