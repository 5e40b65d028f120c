import type { SoftmaxRule } from '@xaigrid/contracts';
import type { Graph, GraphNode } from '../../src/graph.js';
import { arrayOf, broadcastAt, indicesOf, offsetOf, type NdArray } from './array.js';
import { interpret, valueIn } from './interpret.js';
import { operators } from './operators.js';

type Values = Map<string, NdArray>;

const twoInput: Record<string, (a: number, b: number) => number> = {
  Mul: (a, b) => a * b,
  Div: (a, b) => a / b,
  Max: Math.max,
  Min: Math.min,
};
const unary = [
  ...['Relu', 'LeakyRelu', 'Elu', 'Selu', 'Sigmoid', 'Tanh', 'Softplus', 'Exp', 'Clip', 'Erf', 'HardSwish', 'HardSigmoid'],
  ...['Mish', 'Celu', 'ThresholdedRelu', 'Log', 'Sqrt', 'Pow', 'Abs', 'Round'],
];

/**
 * DeepLIFT multipliers for one pair, by brute force, from the definitions of shap's TensorFlow DeepExplainer
 * (shap/explainers/_deep/deep_tf.py), but for softmax: every linear operator by its action on unit vectors, every other by its formula.
 */
export function referenceMultipliers(
  graph: Graph,
  { x, r, classIndex, softmaxRule }: { x: NdArray; r: NdArray; classIndex: number; softmaxRule: SoftmaxRule },
): NdArray {
  const input = graph.inputs[0]?.name ?? '';
  const output = graph.outputs[0]?.name ?? '';
  const [atX, atR] = [interpret(graph, { [input]: x }), interpret(graph, { [input]: r })];
  const multipliers = new Map<string, Float64Array>([
    [output, valueIn(atX, output).data.map((_, index) => Number(index === classIndex))],
  ]);
  const varying = new Set([input]);
  for (const node of graph.nodes)
    if (node.inputs.some((name) => varying.has(name))) node.outputs.forEach((name) => varying.add(name));

  for (const node of graph.nodes.toReversed()) {
    const own = node.inputs.map((name) => varying.has(name));
    for (const [output, outputName] of node.outputs.entries()) {
      const m = multipliers.get(outputName);
      if (m === undefined) continue;
      const parts = node.op === 'Split' ? [linear(node, 0, m, atX, output)] : passNode(node, own, m, atX, atR, softmaxRule);
      node.inputs.forEach((name, index) => {
        const part = parts[index];
        if (part === undefined || own[index] !== true) return;
        const before = multipliers.get(name);
        multipliers.set(name, before === undefined ? part : before.map((value, i) => value + (part[i] ?? 0)));
      });
    }
  }
  return arrayOf(x.shape, multipliers.get(input) ?? []);
}

function passNode(
  node: GraphNode,
  own: boolean[],
  m: Float64Array,
  atX: Values,
  atR: Values,
  softmaxRule: SoftmaxRule,
): (Float64Array | undefined)[] {
  if (unary.includes(node.op)) return [rescaled(node, m, atX, atR)];
  if (node.op === 'MaxPool' || node.op === 'GlobalMaxPool') return [maxPooled(node, m, atX, atR)];
  if (node.op === 'Softmax') return [byRow(softmaxRule === 'shap' ? softmaxedRowAsShap : softmaxedRow, node, m, atX, atR)];
  if (node.op === 'LogSoftmax') return [byRow(logSoftmaxedRow, node, m, atX, atR)];
  if (node.op === 'ReduceMax' || node.op === 'ReduceMin') return [extremes(node, m, atX, atR)];
  if (node.op === 'MatMul' && own[0] === true && own[1] === true)
    return [0, 1].map((index) => {
      const [a, b] = [linear(node, index, m, atX), linear(node, index, m, atR)];
      return a.map((value, i) => 0.5 * (value + (b[i] ?? 0)));
    });
  const f = twoInput[node.op];
  if ((node.op === 'Max' || node.op === 'Min') && own[1] !== true) return [rescaled(node, m, atX, atR)];
  if (f !== undefined && own[1] === true && (own[0] === true || node.op === 'Div')) return twoInputs(f, node, m, atX, atR);
  return node.inputs.map((_, index) => (own[index] === true ? linear(node, index, m, atX) : undefined));
}

const run = (node: GraphNode, inputs: readonly NdArray[]): NdArray[] => operators[node.op]?.(node, inputs) ?? [];

/** Σ_o m_o ∂y_o/∂x_j, exact for a linear operator: y(x + e_j) − y(x). */
function linear(node: GraphNode, index: number, m: Float64Array, atX: Values, output = 0): Float64Array {
  const inputs = node.inputs.map((name) => (name === '' ? arrayOf([0], []) : valueIn(atX, name)));
  const base = run(node, inputs)[output]?.data ?? [];
  const own = inputs[index] ?? arrayOf([], [0]);
  return own.data.map((value, j) => {
    const moved = inputs.with(index, arrayOf(own.shape, own.data.with(j, value + 1)));
    const changed = run(node, moved)[output]?.data ?? [];
    return m.reduce((sum, multiplier, o) => sum + multiplier * ((changed[o] ?? 0) - (base[o] ?? 0)), 0);
  });
}

function rescaled(node: GraphNode, m: Float64Array, atX: Values, atR: Values): Float64Array {
  const [name = '', ...rest] = node.inputs;
  const f = (value: number) => run(node, [arrayOf([], [value]), ...rest.map((other) => valueIn(atX, other))])[0]?.data[0] ?? 0;
  const h = 1e-6;
  const r = valueIn(atR, name).data;
  return valueIn(atX, name).data.map((x, i) => {
    const delta = x - (r[i] ?? 0);
    const slope = Math.abs(delta) < 1e-6 ? (f(x + h) - f(x - h)) / (2 * h) : (f(x) - f(r[i] ?? 0)) / delta;
    return (m[i] ?? 0) * slope;
  });
}

/** nonlinearity_2d_handler: four evaluations, 0 where |Δ| < 1e-7, broadcast axes summed. */
function twoInputs(
  f: (a: number, b: number) => number,
  node: GraphNode,
  m: Float64Array,
  atX: Values,
  atR: Values,
): Float64Array[] {
  const [a = '', b = ''] = node.inputs;
  const shape = valueIn(atX, node.outputs[0] ?? '').shape;
  const arrays = [a, b].map((name) => ({ x: valueIn(atX, name), r: valueIn(atR, name) }));
  const out = arrays.map(({ x }) => new Float64Array(x.data.length));
  let position = 0;
  for (const index of indicesOf(shape)) {
    const [x0 = 0, x1 = 0] = arrays.map(({ x }) => broadcastAt(x, index));
    const [r0 = 0, r1 = 0] = arrays.map(({ r }) => broadcastAt(r, index));
    const [f11, f00, f10, f01] = [f(x0, x1), f(r0, r1), f(x0, r1), f(r0, x1)];
    const shares = [
      Math.abs(x0 - r0) < 1e-7 ? 0 : (0.5 * (f11 - f01 + f10 - f00)) / (x0 - r0),
      Math.abs(x1 - r1) < 1e-7 ? 0 : (0.5 * (f11 - f10 + f01 - f00)) / (x1 - r1),
    ];
    arrays.forEach(({ x }, side) => {
      const own = x.shape.map((extent, axis) => (extent === 1 ? 0 : (index[index.length - x.shape.length + axis] ?? 0)));
      const target = out[side];
      const offset = offsetOf(x.shape, own);
      if (target !== undefined) target[offset] = (target[offset] ?? 0) + (m[position] ?? 0) * (shares[side] ?? 0);
    });
    position++;
  }
  return out;
}

/** maxpool: cross = max(y_x, y_r); (cross − y_r) to x's first maximum, (y_x − cross) to r's. */
function maxPooled(node: GraphNode, m: Float64Array, atX: Values, atR: Values): Float64Array {
  const [x, r] = [atX, atR].map((values) => valueIn(values, node.inputs[0] ?? ''));
  if (x === undefined || r === undefined) throw new Error('no input');
  const positions = (array: NdArray) => {
    if (node.op === 'MaxPool') return run(node, [array])[1]?.data ?? new Float64Array();
    const size = array.data.length / m.length;
    return m.map((_, channel) => {
      const own = array.data.subarray(channel * size, (channel + 1) * size);
      return channel * size + own.indexOf(Math.max(...own));
    });
  };
  const [yx, yr] = [x, r].map((array) => run(node, [array])[0]?.data ?? []);
  const [px, pr] = [positions(x), positions(r)];
  const sums = new Float64Array(x.data.length);
  m.forEach((multiplier, o) => {
    const [a, b] = [yx?.[o] ?? 0, yr?.[o] ?? 0];
    const cross = Math.max(a, b);
    const [toX, toR] = [px[o] ?? 0, pr[o] ?? 0];
    sums[toX] = (sums[toX] ?? 0) + multiplier * (cross - b);
    sums[toR] = (sums[toR] ?? 0) + multiplier * (a - cross);
  });
  return sums.map((sum, i) => {
    const delta = (x.data[i] ?? 0) - (r.data[i] ?? 0);
    return Math.abs(delta) < 1e-7 ? 0 : sum / delta;
  });
}

/** (c − y_r) to x's extreme and (y_x − c) to r's, over x − r; axes kept. */
function extremes(node: GraphNode, m: Float64Array, atX: Values, atR: Values): Float64Array {
  const [name = '', axes = ''] = node.inputs;
  const [x, r] = [valueIn(atX, name), valueIn(atR, name)];
  const [yx, yr] = [atX, atR].map((values) => valueIn(values, node.outputs[0] ?? ''));
  if (yx === undefined || yr === undefined) throw new Error('no output');
  const reduced = [...valueIn(atX, axes).data];
  const sums = new Float64Array(x.data.length);
  const outputOf = (index: number[]) =>
    offsetOf(
      yx.shape,
      index.map((position, axis) => (reduced.includes(axis) ? 0 : position)),
    );
  // Equal extremes share evenly.
  const sharing = (array: NdArray, extreme: NdArray, o: number) =>
    [...indicesOf(x.shape)].filter((index) => outputOf(index) === o && array.data[offsetOf(x.shape, index)] === extreme.data[o])
      .length;
  for (const index of indicesOf(x.shape)) {
    const [i, o] = [offsetOf(x.shape, index), outputOf(index)];
    const [a = 0, b = 0] = [yx.data[o], yr.data[o]];
    const crossed = node.op === 'ReduceMax' ? Math.max(a, b) : Math.min(a, b);
    if (x.data[i] === a) sums[i] = (sums[i] ?? 0) + ((m[o] ?? 0) * (crossed - b)) / sharing(x, yx, o);
    if (r.data[i] === b) sums[i] = (sums[i] ?? 0) + ((m[o] ?? 0) * (a - crossed)) / sharing(r, yr, o);
  }
  return sums.map((sum, i) => {
    const delta = (x.data[i] ?? 0) - (r.data[i] ?? 0);
    return Math.abs(delta) < 1e-7 ? 0 : sum / delta;
  });
}

type RowRule = (m: Float64Array, zx: Float64Array, zr: Float64Array) => Float64Array;

/** A rule for one row of logits, for each row of the node. */
function byRow(rule: RowRule, node: GraphNode, m: Float64Array, atX: Values, atR: Values): Float64Array {
  const classes = valueIn(atX, node.outputs[0] ?? '').shape.at(-1) ?? 1;
  const out = new Float64Array(m.length);
  for (let at = 0; at < m.length; at += classes) {
    const rowOf = (values: Values) => valueIn(values, node.inputs[0] ?? '').data.subarray(at, at + classes);
    out.set(rule(m.subarray(at, at + classes), rowOf(atX), rowOf(atR)), at);
  }
  return out;
}

/** (f(x) − f(r))/(x − r) of exp and log, without a difference that cancels. */
const ofExp = (x: number, r: number) => (x === r ? Math.exp(x) : (Math.exp(r) * Math.expm1(x - r)) / (x - r));
const ofLog = (x: number, r: number) => (x === r ? 1 / x : Math.log1p((x - r) / r) / (x - r));

/** y = z − log Σ eᶻ: log and exp by the rescale rule. */
const logSoftmaxedRow: RowRule = (m, zx, zr) => {
  const [sx, sr] = [zx, zr].map((z) => z.reduce((sum, value) => sum + Math.exp(value), 0));
  const total = m.reduce((sum, value) => sum + value, 0);
  return m.map((own, k) => own - total * ofLog(sx ?? NaN, sr ?? NaN) * ofExp(zx[k] ?? NaN, zr[k] ?? NaN));
};

/** e^y of y = log-softmax. */
const softmaxedRow: RowRule = (m, zx, zr) => {
  const [yx, yr] = [zx, zr].map((z) => {
    const total = Math.log(z.reduce((sum, value) => sum + Math.exp(value), 0));
    return z.map((value) => value - total);
  });
  return logSoftmaxedRow(
    m.map((own, k) => own * ofExp(yx?.[k] ?? NaN, yr?.[k] ?? NaN)),
    zx,
    zr,
  );
};

/** As shap's DeepExplainer takes it apart. */
const softmaxedRowAsShap: RowRule = (m, zx, zr) => {
  const parts = [zx, zr].map((z) => {
    const max = Math.max(...z);
    const centred = z.map((value) => value - max);
    const e = centred.map(Math.exp);
    return { z, centred, e, s: e.reduce((sum, value) => sum + value, 0) };
  });
  const [x, r] = parts;
  if (x === undefined || r === undefined) throw new Error('no logits');
  const division = (e: number, s: number) => e / s;
  let toS = 0;
  const toE = m.map((multiplier, k) => {
    const [ex, er] = [x.e[k] ?? 0, r.e[k] ?? 0];
    const [f11, f00, f10, f01] = [division(ex, x.s), division(er, r.s), division(ex, r.s), division(er, x.s)];
    if (Math.abs(x.s - r.s) >= 1e-7) toS += (multiplier * 0.5 * (f11 - f10 + f01 - f00)) / (x.s - r.s);
    return Math.abs(ex - er) < 1e-7 ? 0 : (multiplier * 0.5 * (f11 - f01 + f10 - f00)) / (ex - er);
  });
  return toE.map((own, k) => {
    const [cx, cr] = [x.centred[k] ?? 0, r.centred[k] ?? 0];
    const slope = Math.abs(cx - cr) < 1e-6 ? Math.exp(cx) : (Math.exp(cx) - Math.exp(cr)) / (cx - cr);
    const delta = (x.z[k] ?? 0) - (r.z[k] ?? 0);
    return (own + toS) * slope * (Math.abs(delta) < 1e-6 ? 1 : (cx - cr) / delta);
  });
};
