import { XaigridError } from '@xaigrid/contracts';
import { callOf, mapCall, type Call, type Inbound } from './arguments.js';
import type { KerasLayer, NestedLayer, NestedTopology, Topology } from './keras-layer.js';

/**
 * The topology with the layers of every nested model in its place, under the names `model/layer`. If a nested model is called
 * several times, so is each of its layers.
 */
export function withoutNesting(topology: NestedTopology): Topology {
  const flat = topology.layers.map((layer) => ({ layer, inner: layer.model && withoutNesting(layer.model) }));
  const inners = new Map(flat.flatMap(({ layer, inner }) => (inner === undefined ? [] : [[layer.name, inner] as const])));
  const firstCalls = new Map(topology.layers.map((layer) => [layer.name, firstCallOf(layer, topology)]));

  /** The reference that a reference of this topology becomes. */
  const resolved = (from: Inbound): Inbound => {
    const { layer, call, output = 0 } = from;
    const inner = inners.get(layer);
    if (inner === undefined) return from;
    const own = call - (firstCalls.get(layer) ?? 0);
    const inside = outputOf(layer, inner, output);
    return { ...inside, layer: `${layer}/${inside.layer}`, call: own * callsOf(inner, inside.layer) + inside.call };
  };
  const rewired = (call: Call): Call => mapCall(call, resolved);

  const layers = flat.flatMap(({ layer, inner }): KerasLayer[] => {
    const { name, path, className, module, config, calls } = layer;
    if (inner === undefined) return [{ name, path, className, module, config, calls: calls.map(rewired) }];
    return inner.layers
      .filter((own) => own.name !== inner.input)
      .map((own) => ({
        ...own,
        name: `${name}/${own.name}`,
        path: [...path, ...own.path],
        calls: calls.flatMap((outer, index) => own.calls.map((call) => insideOf(layer, inner, rewired(outer), index, call))),
      }));
  });
  return { ...topology, layers, outputs: topology.outputs.map(({ name, from }) => ({ name, from: resolved(from) })) };
}

function outputOf(name: string, { outputs }: Topology, index: number): Inbound {
  const output = outputs[index];
  if (output !== undefined) return output.from;
  throw new XaigridError('MODEL_UNREADABLE', `The nested model "${name}" has no output ${String(index)}.`);
}

const callsOf = (model: Topology, name: string) => model.layers.find((layer) => layer.name === name)?.calls.length ?? 1;

/**
 * A call inside a nested model, seen from outside: the model's input is replaced by the argument of call `index` of the model.
 */
function insideOf(layer: NestedLayer, inner: Topology, outer: Call, index: number, call: Call): Call {
  const [given, ...others] = outer.inputs;
  if (given === undefined || others.length > 0) {
    throw new XaigridError(
      'MODEL_UNSUPPORTED',
      `The nested model "${layer.name}" is given ${outer.inputs.length} inputs; nested models with one input are supported.`,
    );
  }
  const { args, keywords } = mapCall(call, (from) =>
    from.layer === inner.input
      ? given
      : { ...from, layer: `${layer.name}/${from.layer}`, call: index * callsOf(inner, from.layer) + from.call },
  );
  // If a model is called for training, so are its layers.
  const { training } = outer.keywords;
  return callOf(args, training === undefined ? keywords : { training, ...keywords });
}

/** Functional models have a call of their own before any other; references may count it. */
function firstCallOf(layer: NestedLayer, topology: NestedTopology): number {
  const uses = [
    ...topology.outputs.map(({ from }) => from),
    ...topology.layers.flatMap(({ calls }) => calls.flatMap(({ inputs }) => inputs)),
  ];
  return uses.some((use) => use.layer === layer.name && use.call >= layer.calls.length) ? 1 : 0;
}
