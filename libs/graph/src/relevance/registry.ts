import { unbroadcast, type GradientRule, type GradientScope } from '../gradients/gradient-rule.js';
import { gradientRules } from '../gradients/registry.js';
import type { GraphNode } from '../graph.js';
import { gateOf } from './gate.js';
import { noRelevance } from './no-relevance.js';
import { STABILISER } from './rules.js';
import { stabilised } from './stabilised.js';

/** Records that a node shared only `shared` of the relevance of its output. Both have the shape of the output. */
export type RecordShared = (scope: GradientScope, shared: string) => void;

/** The rule of a node that is no linear layer. */
type RelevanceRule = (scope: GradientScope, record: RecordShared) => readonly (string | undefined)[];

/** Which inputs depend on what is explained. */
const varying = (scope: GradientScope): number[] => scope.node.inputs.flatMap((_, index) => (scope.needs(index) ? [index] : []));

/** The relevance goes to the one input unchanged. */
function passed(scope: GradientScope, index: number): (string | undefined)[] {
  const { node, gradient } = scope;
  return node.inputs.map((_, own) => (own === index ? unbroadcast(scope, index, gradient) : undefined));
}

const activation: RelevanceRule = (scope) => {
  const [first = 0, second] = varying(scope);
  if (second !== undefined) throw noRelevance(scope.node, 'more than one of its inputs is computed from the sample');
  return passed(scope, first);
};

/** As the gradient: relevance goes where the value came from. */
const moved: RelevanceRule = (scope) => gradientOf(scope, scope.gradient);

function gradientOf(scope: GradientScope, gradient: string): ReturnType<GradientRule> {
  const rule = gradientRules.get(scope.node.op);
  if (rule === undefined) throw noRelevance(scope.node, `xaigrid has no gradient of ${scope.node.op}`);
  return rule({ ...scope, gradient });
}

/** In proportion to what each value adds to the output: zennit's rule Norm. */
const inProportion: RelevanceRule = (scope, record) => {
  const { builder } = scope;
  const indices = varying(scope);
  const shares = builder.node('Div', [scope.gradient, stabilised(builder, scope.output(), STABILISER)]);
  record(scope, builder.node('Mul', [shares, scope.output()]));
  const gradients = gradientOf(scope, shares);
  return scope.node.inputs.map((_, index) => {
    const gradient = gradients[index];
    return gradient === undefined || !indices.includes(index) ? undefined : builder.node('Mul', [scope.input(index), gradient]);
  });
};

/** A sum of computed values shares in proportion. With a constant, the one computed value takes all. */
const sum: RelevanceRule = (scope, record) => {
  const indices = varying(scope);
  if (indices.length === 1) return passed(scope, indices[0] ?? 0);
  if (indices.length === scope.node.inputs.length) return inProportion(scope, record);
  throw noRelevance(scope.node, 'it adds constants and several computed values at once');
};

/** With a constant, the computed factor takes all. Of two computed factors the signal takes all, and the gate nothing. */
const product: RelevanceRule = (scope) => {
  const indices = varying(scope);
  if (indices.length === 1) return passed(scope, indices[0] ?? 0);
  const gate = gateOf(scope.builder, scope.node);
  if (gate === undefined) throw noRelevance(scope.node, 'it multiplies two computed values, and neither of them is a gate');
  return passed(scope, 1 - gate);
};

const quotient: RelevanceRule = (scope) => {
  if (scope.needs(1))
    throw noRelevance(scope.node, 'it divides by a value that is computed from the sample, as normalisations do');
  return passed(scope, 0);
};

const ofAll = (rule: RelevanceRule, ops: readonly string[]): (readonly [string, RelevanceRule])[] => ops.map((op) => [op, rule]);

const rules: ReadonlyMap<string, RelevanceRule> = new Map([
  ...ofAll(activation, [
    ...['Relu', 'LeakyRelu', 'PRelu', 'Elu', 'Selu', 'Celu', 'ThresholdedRelu', 'Clip', 'HardSwish', 'Mish'],
    ...['Sigmoid', 'HardSigmoid', 'Tanh', 'Softplus', 'Softsign', 'Erf', 'BatchNormalization', 'Neg'],
  ]),
  ...ofAll(moved, [
    ...['Identity', 'Dropout', 'Cast', 'Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Transpose', 'Concat', 'Expand', 'Split'],
    ...['Slice', 'Pad', 'Gather', 'Tile', 'DepthToSpace', 'SpaceToDepth', 'Resize', 'Where'],
    ...['MaxPool', 'GlobalMaxPool', 'ReduceMax', 'ReduceMin'],
  ]),
  ...ofAll(inProportion, ['AveragePool', 'GlobalAveragePool', 'ReduceMean', 'ReduceSum']),
  ...ofAll(sum, ['Add', 'Sub', 'Sum', 'Mean']),
  ['Mul', product],
  ['Div', quotient],
]);

/** Max and Min with a constant are activations; of several computed values, the largest takes all. */
const extreme: RelevanceRule = (scope, record) => (varying(scope).length === 1 ? activation : moved)(scope, record);

/** Why some operators have no rule. */
const reasons: readonly (readonly [reason: string, ops: readonly string[]])[] = [
  ['it belongs to attention, which needs rules of its own', ['Softmax', 'LogSoftmax', 'MatMul']],
  [
    'it normalises each sample by statistics of its own',
    ['LayerNormalization', 'InstanceNormalization', 'LRN', 'ReduceL2', 'ReduceSumSquare'],
  ],
  ['its weights are computed from the sample', ['Conv', 'ConvTranspose', 'Gemm']],
  ['it is a recurrent layer', ['LSTM', 'GRU', 'RNN']],
];

/** The rule of a node that is no linear layer. A node without one refuses. */
export function relevanceRuleFor(node: GraphNode): RelevanceRule {
  if (node.op === 'Max' || node.op === 'Min') return extreme;
  const reason =
    reasons.find(([, ops]) => ops.includes(node.op))?.[0] ??
    'relevance goes through convolutions, dense layers, sums, poolings, activations and changes of layout only';
  return (
    rules.get(node.op) ??
    (() => {
      throw noRelevance(node, reason);
    })
  );
}
