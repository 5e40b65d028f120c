import type { GraphBuilder } from '../builder.js';
import type { GraphNode } from '../graph.js';
import type { GradientScope } from '../gradients/gradient-rule.js';
import type { TypeAndShape } from '../shapes/shape-rule.js';

/** The explained sample, or the reference it is compared with. */
export type Side = 'x' | 'r';
export const sides: readonly Side[] = ['x', 'r'];

export interface PreparationScope {
  /** Holds the forward graph; what a rule adds here is computed once a side, not once a pair. */
  readonly builder: GraphBuilder;
  readonly node: GraphNode;
  readonly info: (value: string) => TypeAndShape;
  /** Whether a value depends on the model's input. */
  readonly varies: (value: string) => boolean;
}

export interface MultiplierScope extends GradientScope {
  /** The builder's name for a forward or prepared value of one side. */
  readonly of: (value: string, side: Side) => string;
  /** See `DeepLiftForward.inRows`. */
  readonly inRows: boolean;
}

/** How multipliers pass one kind of node. */
export interface DeepLiftRule {
  /** Adds what is worth computing once a side; returns the values that `multipliers` reads, by side. */
  readonly prepare: (scope: PreparationScope) => Readonly<Record<Side, readonly string[]>>;
  /** Given the multiplier of the node's output (`gradient`), those of its inputs. */
  readonly multipliers: (scope: MultiplierScope) => readonly (string | undefined)[];
}

/** The same values on both sides. */
export const onBothSides = (...values: readonly string[]): Readonly<Record<Side, readonly string[]>> => ({
  x: values,
  r: values,
});

/** Input or output of a node by position. */
export const inputOf = ({ inputs }: GraphNode, index = 0): string => inputs[index] ?? '';
export const outputOf = ({ outputs }: GraphNode): string => outputs[0] ?? '';

/** x − r of a forward value. */
export function difference(scope: MultiplierScope, value: string): string {
  return scope.builder.node('Sub', [scope.of(value, 'x'), scope.of(value, 'r')]);
}

/** Whether |value| is below a bound. */
export function smallerThan(builder: GraphBuilder, value: string, bound: number): string {
  return builder.node('Less', [builder.node('Abs', [value]), builder.scalar(bound, builder.info(value).type)]);
}

/** `chosen` where the condition holds, else `otherwise`; NaN and infinities in what is not taken do no harm. */
export function choose(builder: GraphBuilder, condition: string, chosen: string, otherwise: string): string {
  return builder.node('Where', [condition, chosen, otherwise]);
}
