import { XaigridError } from '@xaigrid/contracts';
import { int } from '../attributes.js';
import type { GraphBuilder } from '../builder.js';
import { int64s } from '../constants.js';
import { propagate } from '../gradients/differentiate.js';
import { zerosLike, type GradientRule } from '../gradients/gradient-rule.js';
import { boundsAt, type Bounds } from './bounds.js';
import { canonicalNodes, type LinearLayer } from './linear-layers.js';
import { shareRelevance } from './linear-rule.js';
import { relevanceRuleFor, type RecordShared } from './registry.js';
import type { LinearRule, RelevanceRules } from './rules.js';

/** Whose relevance to propagate, and how. */
export interface RelevanceOptions {
  /** The value that is explained, `[n, classes]`. */
  readonly value: string;
  /** The relevance to begin with, in the shape of `value`. */
  readonly seed: string;
  /** The value to explain it by, `[n, channels, ...positions]`. */
  readonly input: string;
  readonly rules: RelevanceRules;
}

/** The names of the propagated values in the builder. */
export interface Relevance {
  /** The relevance of each number of the input, in its shape. */
  readonly relevance: string;
  /** The relevance that biases and stabilisers absorbed, `[n, nodes]`: the input's relevance adds up to the seed's less this. */
  readonly absorbed: string;
}

/**
 * Layer-wise relevance propagation (Bach et al. 2015) with the rules and composites of zennit 0.5.1. It adds nodes that propagate
 * the relevance of `value` back to `input`. The number of samples must be known.
 *
 * Linear layers use `rules`, after what follows them with constants was folded into them. Sums and averages of computed values
 * share in proportion to what each adds. Activations and constants pass all relevance on. Maxima and changes of layout do as their
 * gradient. Of a product of a signal and a gate, the signal takes all.
 * @throws OPERATION_UNSUPPORTED naming the node that has no rule
 */
export function relevance(builder: GraphBuilder, { value, seed, input, rules }: RelevanceOptions): Relevance {
  const { nodes, layers } = canonicalNodes(builder, { input, value });
  if (rules.first?.rule.rule === 'box') assertBoxed(rules.first.of, layers.values());
  const samples = builder.info(value).shape[0] ?? 1;
  const absorbed: string[] = [];
  const record: RecordShared = ({ gradient }, shared) =>
    absorbed.push(sumOfEach(builder, builder.node('Sub', [gradient, shared]), samples));
  const ofLayer =
    (layer: LinearLayer): GradientRule =>
    (scope) => {
      const boundsOf = (...bounds: Bounds) => boundsAt(builder, { input, value: scope.input(layer.input) }, bounds);
      const found = shareRelevance({ scope, layer, boundsOf }, linearRule(rules, layer));
      record(scope, found.shared);
      return layer.input === 0 ? [found.relevance] : [undefined, found.relevance];
    };
  const found = propagate(builder, {
    nodes,
    seeds: new Map([[value, seed]]),
    wrt: [input],
    valueOf: (name) => name,
    info: (name) => builder.info(name),
    constantOf: (name) => builder.constantOf(name),
    ruleFor: (node) => {
      const layer = layers.get(node);
      return layer === undefined ? (scope) => relevanceRuleFor(node)(scope, record) : ofLayer(layer);
    },
  });
  const none = () => builder.node('Expand', [builder.scalar(0), builder.constant(int64s([samples, 1]), 'shape')]);
  return {
    relevance: found.get(input) ?? zerosLike(builder, input, builder.info(input)),
    absorbed: absorbed.length === 0 ? none() : builder.node('Concat', absorbed, { axis: int(1) }),
  };
}

function linearRule({ convolution, dense, first }: RelevanceRules, layer: LinearLayer): LinearRule {
  if (layer.first && first !== undefined && (first.of === 'linear' || layer.kind === 'convolution')) return first.rule;
  return layer.kind === 'convolution' ? convolution : dense;
}

/** @throws OPERATION_UNSUPPORTED if the box has no layer, so that the bounds would say nothing */
function assertBoxed(of: 'convolution' | 'linear', layers: Iterable<LinearLayer>): void {
  if ([...layers].some(({ first, kind }) => first && (of === 'linear' || kind === 'convolution'))) return;
  throw new XaigridError(
    'OPERATION_UNSUPPORTED',
    `The rule of the box is for a ${of === 'convolution' ? 'convolution' : 'linear layer'} that no other linear layer lies before, and the model has none. Use another composite.`,
  );
}

/** The sum of the values of each sample, `[samples, 1]`. */
function sumOfEach(builder: GraphBuilder, values: string, samples: number): string {
  const rows = builder.node('Reshape', [values, builder.constant(int64s([samples, -1]), 'rows')]);
  return builder.node('ReduceSum', [rows, builder.constant(int64s([1]), 'axes')], { keepdims: int(1) });
}
