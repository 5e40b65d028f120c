import type { Graph } from '../../src/graph.js';
import { arrayOf, type NdArray } from './array.js';
import { operators } from './operators.js';

/** Executes a graph in float64, whatever its element types, and returns every value. */
export function interpret(graph: Graph, feeds: Readonly<Record<string, NdArray>>): Map<string, NdArray> {
  const values = new Map<string, NdArray>(Object.entries(feeds));
  for (const [name, { shape, data }] of graph.constants) values.set(name, arrayOf(shape, Array.from(data, Number)));
  for (const node of graph.nodes) {
    const operator = operators[node.op];
    if (operator === undefined) throw new Error(`The reference interpreter has no ${node.op}.`);
    const inputs = node.inputs.map((name) => values.get(name));
    // An optional input left out before another reads as an array without values.
    const outputs = operator(
      node,
      inputs.map((value) => value ?? arrayOf([0], [])),
    );
    node.outputs.forEach((name, index) => {
      const output = outputs[index];
      if (output !== undefined) values.set(name, output);
    });
  }
  return values;
}

export function valueIn(values: ReadonlyMap<string, NdArray>, name: string): NdArray {
  const value = values.get(name);
  if (value === undefined) throw new Error(`No value "${name}".`);
  return value;
}
