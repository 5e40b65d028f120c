import { ints, intsOf, numberOf } from '../../attributes.js';
import { int64s, numbersOf } from '../../constants.js';
import type { Constant, GraphNode } from '../../graph.js';

/** A Scan node, and the graph that it runs for each row of its scanned input. */
export interface Scan {
  readonly node: GraphNode;
  readonly body: {
    readonly inputs: readonly string[];
    readonly outputs: readonly string[];
    readonly nodes: readonly GraphNode[];
    readonly constants: ReadonlyMap<string, Constant>;
  };
}

const elementwise = new Set(['Add', 'Sub', 'Mul', 'Div', 'Pow', 'Abs', 'Neg', 'Sqrt', 'Identity']);
const reductions = new Set(['ReduceSum', 'ReduceSumSquare', 'ReduceMax', 'ReduceL1', 'ReduceL2']);

/**
 * Replaces a Scan that computes distances. skl2onnx writes it for nearest neighbours: a loop over the rows of the training set
 * that reduces the difference of the samples and a row. The replacement has no loop: the rows get an axis of their own in front,
 * `[rows, 1, features]` minus `[n, features]`, and all other axes move back by one.
 * @returns the replacing nodes and their constants; undefined for a Scan that does anything else
 */
export function withoutScan({ node, body }: Scan): { nodes: GraphNode[]; constants: Map<string, Constant> } | undefined {
  const [state = '', row = ''] = body.inputs;
  const [stateAfter = '', result = ''] = body.outputs;
  const [samples = '', scanned = ''] = node.inputs;
  const [after = '', distances = ''] = node.outputs;
  const plain = numberOf(node, 'num_scan_inputs', 0) === 1 && body.inputs.length === 2 && body.outputs.length === 2;
  const turned = ['scan_input_axes', 'scan_output_axes', 'scan_input_directions', 'scan_output_directions'];
  if (!plain || turned.some((name) => intsOf(node, name)?.some((value) => value !== 0) === true)) return undefined;
  const own = (name: string) => `${node.name}/${name}`;
  const names = new Map([
    ['', ''],
    [state, samples],
    [row, own('rows')],
  ]);
  const constants = new Map([[own('axis'), int64s([1])]]);
  const inFront = new Set([row]);
  const unchanged = new Set([state]);
  const nodes: GraphNode[] = [
    { name: own('rows'), op: 'Unsqueeze', inputs: [scanned, own('axis')], outputs: [own('rows')], attributes: {} },
  ];
  const renamed = (name: string) => {
    const constant = body.constants.get(name);
    if (constant !== undefined) constants.set(own(name), constant);
    return names.get(name) ?? own(name);
  };
  for (const step of body.nodes) {
    const [output = ''] = step.outputs;
    const [input = ''] = step.inputs;
    const reduces = reductions.has(step.op);
    if (!reduces && !elementwise.has(step.op)) return undefined;
    if (step.op === 'Identity' && unchanged.has(input)) unchanged.add(output);
    if (step.inputs.some((name) => inFront.has(name))) inFront.add(output);
    names.set(output, output === result ? distances : own(output));
    let inputs = step.inputs.map(renamed);
    let { attributes } = step;
    if (reduces && inFront.has(input)) {
      const axes = axesOf(step, body.constants)?.map((axis) => axis + 1);
      if (axes === undefined || axes.some((axis) => axis < 1)) return undefined;
      if (attributes.axes !== undefined) attributes = { ...attributes, axes: ints(axes) };
      else {
        constants.set(own(`${output}/axes`), int64s(axes));
        inputs = [inputs[0] ?? '', own(`${output}/axes`)];
      }
    }
    nodes.push({ name: own(step.name), op: step.op, inputs, outputs: [names.get(output) ?? ''], attributes });
  }
  if (!unchanged.has(stateAfter) || !inFront.has(result)) return undefined;
  if (after !== '') nodes.push({ name: own('samples'), op: 'Identity', inputs: [samples], outputs: [after], attributes: {} });
  return { nodes, constants };
}

/** The axes of a reduction: an attribute, or an input since operator set 13 or 18. */
function axesOf(node: GraphNode, constants: ReadonlyMap<string, Constant>): number[] | undefined {
  const given = intsOf(node, 'axes');
  if (given !== undefined) return [...given];
  const constant = constants.get(node.inputs[1] ?? '');
  return constant === undefined ? undefined : numbersOf(constant);
}
