import { scalar } from '../constants.js';
import type { Graph } from '../graph.js';

// No name of a file looks like these: see `apart`.
const SHIFTED = 'shifted input';
const SHIFT = 'input shift';

/**
 * f'(x) = f(x − shift): the shift is subtracted before the file's own nodes. A bias in the first layer could not do this if the
 * layer pads, because padding is 0 whatever the shift.
 */
export function withShiftedInput(graph: Graph, shift: number): Graph {
  const [input] = graph.inputs;
  if (input === undefined) throw new TypeError('A model has an input.');
  const renamed = (name: string): string => (name === input.name ? SHIFTED : name);
  const sub = { name: SHIFTED, op: 'Sub', inputs: [input.name, SHIFT], outputs: [SHIFTED], attributes: {} };
  return {
    ...graph,
    nodes: [sub, ...graph.nodes.map((node) => ({ ...node, inputs: node.inputs.map(renamed) }))],
    constants: new Map([...graph.constants, [SHIFT, scalar(shift, input.type)]]),
  };
}
