import { numberOf } from '../../src/attributes.js';
import type { GraphNode } from '../../src/graph.js';
import { at, build, indicesOf, type NdArray } from './array.js';

type Operator = (node: GraphNode, inputs: readonly NdArray[]) => NdArray[];

const need = (array: NdArray | undefined): NdArray => {
  if (array === undefined) throw new Error('an input is missing');
  return array;
};

/** (x − mean)/√(variance + ε) among the values that `group` gives the same key. */
function standardized(x: NdArray, epsilon: number, group: (index: readonly number[]) => string): NdArray {
  const groups = new Map<string, number[]>();
  for (const index of indicesOf(x.shape)) {
    const members = groups.get(group(index)) ?? [];
    members.push(at(x, index));
    groups.set(group(index), members);
  }
  return build(x.shape, (index) => {
    const members = groups.get(group(index)) ?? [];
    const mean = members.reduce((sum, value) => sum + value, 0) / members.length;
    const variance = members.reduce((sum, value) => sum + (value - mean) ** 2, 0) / members.length;
    return (at(x, index) - mean) / Math.sqrt(variance + epsilon);
  });
}

const layerNormalization: Operator = (node, [input, scale, bias]) => {
  const x = need(input);
  const axis = numberOf(node, 'axis', -1);
  const first = axis < 0 ? axis + x.shape.length : axis;
  const normal = standardized(x, numberOf(node, 'epsilon', 1e-5), (index) => index.slice(0, first).join());
  return [
    build(x.shape, (index) => {
      const own = index.slice(first);
      return at(normal, index) * at(need(scale), own) + (bias === undefined ? 0 : at(bias, own));
    }),
  ];
};

const instanceNormalization: Operator = (node, [input, scale, bias]) => {
  const x = need(input);
  const normal = standardized(x, numberOf(node, 'epsilon', 1e-5), (index) => index.slice(0, 2).join());
  return [build(x.shape, (index) => at(normal, index) * at(need(scale), [index[1] ?? 0]) + at(need(bias), [index[1] ?? 0]))];
};

const localResponse: Operator = (node, [input]) => {
  const x = need(input);
  const size = numberOf(node, 'size', 1);
  const [alpha, beta, bias] = [numberOf(node, 'alpha', 1e-4), numberOf(node, 'beta', 0.75), numberOf(node, 'bias', 1)];
  const channels = x.shape[1] ?? 1;
  return [
    build(x.shape, (index) => {
      const own = index[1] ?? 0;
      let squares = 0;
      for (
        let c = Math.max(0, own - Math.floor((size - 1) / 2));
        c <= Math.min(channels - 1, own + Math.ceil((size - 1) / 2));
        c++
      )
        squares += at(x, index.with(1, c)) ** 2;
      return at(x, index) / (bias + (alpha / size) * squares) ** beta;
    }),
  ];
};

export const normalizationOperators: Readonly<Record<string, Operator>> = {
  LayerNormalization: layerNormalization,
  InstanceNormalization: instanceNormalization,
  LRN: localResponse,
};
