import type { GraphBuilder } from '../builder.js';
import { numbersOf } from '../constants.js';
import { shapeOf, type GradientScope } from '../gradients/gradient-rule.js';
import type { Constant } from '../graph.js';
import type { Bounds } from './bounds.js';
import type { LinearLayer } from './linear-layers.js';
import { isNonNegative } from './non-negative.js';
import { STABILISER, type LinearRule } from './rules.js';
import { stabilised } from './stabilised.js';
import { mapped } from './weights.js';

/** The inputs of a layer, or numbers in their place, with weights that say how much they get. */
interface Term {
  /** In the shape of the layer's input. */
  readonly input: string;
  readonly weights: Constant;
}

/** Relevance that is shared in proportion to the terms: R_i = factor · Σ_j term_ij/(Σ_i term_ij + bias_j) · R_j. */
interface Share {
  readonly factor: number;
  readonly terms: readonly Term[];
  readonly bias?: Constant | undefined;
  readonly epsilon: number;
  /** Only outputs above or below 0 are shared. Absent: all. */
  readonly outputs?: 'Greater' | 'Less';
}

/** What the rule of a linear layer may use. */
export interface LinearScope {
  readonly scope: GradientScope;
  readonly layer: LinearLayer;
  /** The bounds of the layer's input, in its shape, for the bounds of a sample. */
  readonly boundsOf: (...bounds: Bounds) => readonly [low: string, high: string];
}

/** The relevance of the layer's input, and the part of its output's relevance that was shared, in the shape of the output. */
export interface SharedRelevance {
  readonly relevance: string;
  readonly shared: string;
}

const above = (values: Constant): Constant => mapped(values, (value) => Math.max(value, 0));
const below = (values: Constant): Constant => mapped(values, (value) => Math.min(value, 0));
const negated = (values: Constant): Constant => mapped(values, (value) => -value);

/** Shares the relevance of a linear layer's output (the scope's gradient) among its inputs. */
export function shareRelevance(linear: LinearScope, rule: LinearRule): SharedRelevance {
  const { builder } = linear.scope;
  const parts = sharesOf(linear, rule).map((share) => shareOut(linear, share));
  const sum = (values: readonly string[]) => values.reduce((left, right) => builder.node('Add', [left, right]));
  return { relevance: sum(parts.map(({ relevance }) => relevance)), shared: sum(parts.map(({ shared }) => shared)) };
}

function sharesOf(linear: LinearScope, rule: LinearRule): Share[] {
  const { weights, bias } = linear.layer;
  const x = linear.scope.input(linear.layer.input);
  const ones = () => {
    const { builder } = linear.scope;
    return builder.node('Expand', [builder.scalar(1, builder.info(x).type), shapeOf(linear.scope, linear.layer.input)]);
  };
  switch (rule.rule) {
    case 'epsilon':
      return [{ factor: 1, terms: [{ input: x, weights }], bias, epsilon: rule.epsilon }];
    case 'gamma': {
      const favouring = (bound: typeof Math.max) => (values: Constant) =>
        mapped(values, (value) => value + rule.gamma * bound(value, 0));
      const [positive, negative] = [favouring(Math.max), favouring(Math.min)];
      return [
        { ...bySign(linear, positive, negative), outputs: 'Greater' },
        { ...bySign(linear, negative, positive), outputs: 'Less' },
      ];
    }
    case 'z-plus':
      return [bySign(linear, above, below)];
    case 'alpha-beta':
      return [
        { ...bySign(linear, above, below), factor: rule.alpha },
        { ...bySign(linear, below, above), factor: -rule.beta },
      ];
    case 'flat':
      return [{ factor: 1, terms: [{ input: ones(), weights: mapped(weights, () => 1) }], epsilon: STABILISER }];
    case 'w-squared': {
      const squared = (values: Constant) => mapped(values, (value) => value ** 2);
      return [
        { factor: 1, terms: [{ input: ones(), weights: squared(weights) }], bias: bias && squared(bias), epsilon: STABILISER },
      ];
    }
    case 'box': {
      const [low, high] = linear.boundsOf(rule.low, rule.high);
      const terms = [
        { input: x, weights },
        { input: low, weights: negated(above(weights)) },
        { input: high, weights: negated(below(weights)) },
      ];
      // The bias cancels out: b − b⁺ − b⁻.
      return [{ factor: 1, terms, epsilon: STABILISER }];
    }
  }
}

/** x⁺ with some weights and x⁻ with others. The bias goes with x⁺. */
function bySign(
  { scope: { builder, input }, layer }: LinearScope,
  ofPositive: (values: Constant) => Constant,
  ofNegative: (values: Constant) => Constant,
): Share {
  const x = input(layer.input);
  const bias = layer.bias && ofPositive(layer.bias);
  const common = { factor: 1, bias, epsilon: STABILISER };
  if (isNonNegative(builder, x)) return { ...common, terms: [{ input: x, weights: ofPositive(layer.weights) }] };
  const zero = builder.scalar(0, builder.info(x).type);
  return {
    ...common,
    terms: [
      { input: builder.node('Relu', [x]), weights: ofPositive(layer.weights) },
      { input: builder.node('Min', [x, zero]), weights: ofNegative(layer.weights) },
    ],
  };
}

function shareOut({ scope, layer }: LinearScope, { factor, terms, bias, epsilon, outputs }: Share): SharedRelevance {
  const { builder } = scope;
  const { type } = scope.outputInfo();
  const multiply = (a: string, b: string) => builder.node('Mul', [a, b]);
  const computed = terms.map(({ input, weights }) => product(builder, layer, { input, weights }));
  const isOutput = terms.every(({ input, weights }) => weights === layer.weights && input === scope.input(layer.input));
  // Without changed weights, this is the layer's own output.
  const [total, unbiased] = isOutput ? ofOutput(scope, bias) : ofTerms(builder, computed, bias);
  const gate = outputs && builder.node(outputs, [scope.output(), builder.scalar(0, type)]);
  const relevance = gate === undefined ? scope.gradient : builder.node('Where', [gate, scope.gradient, builder.scalar(0, type)]);
  const weighted = factor === 1 ? relevance : multiply(relevance, builder.scalar(factor, type));
  const shares = builder.node('Div', [weighted, stabilised(builder, total, epsilon)]);
  const parts = computed.map((value, index) => {
    const input = terms[index]?.input ?? '';
    const nodes = [builder.producerOf(value)].filter((node) => node !== undefined);
    return multiply(input, scope.through({ nodes, seeds: new Map([[value, shares]]), wrt: [input] }).get(input) ?? '');
  });
  return { relevance: parts.reduce((a, b) => builder.node('Add', [a, b])), shared: multiply(shares, unbiased) };
}

/** The layer on another input and with other weights, without its bias. */
function product(builder: GraphBuilder, { node, input: at }: LinearLayer, { input, weights }: Term): string {
  const ofWeights = builder.constant(weights, 'weights');
  return builder.node(node.op, at === 0 ? [input, ofWeights] : [ofWeights, input], node.attributes);
}

type WithAndWithoutBias = readonly [total: string, unbiased: string];

function ofOutput({ builder, output }: GradientScope, bias: Constant | undefined): WithAndWithoutBias {
  const total = output();
  return [total, hasNone(bias) ? total : builder.node('Sub', [total, builder.constant(bias, 'bias')])];
}

function ofTerms(builder: GraphBuilder, terms: readonly string[], bias: Constant | undefined): WithAndWithoutBias {
  const unbiased = terms.reduce((a, b) => builder.node('Add', [a, b]));
  return [hasNone(bias) ? unbiased : builder.node('Add', [unbiased, builder.constant(bias, 'bias')]), unbiased];
}

function hasNone(bias: Constant | undefined): bias is undefined {
  return bias === undefined || numbersOf(bias).every((value) => value === 0);
}
