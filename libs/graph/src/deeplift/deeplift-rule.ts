import type { GraphBuilder } from '../builder.js';
import type { GraphNode } from '../graph.js';
import type { GradientScope } from '../gradients/gradient-rule.js';
import type { TypeAndShape } from '../shapes/shape-rule.js';

/** The explained sample x, or the reference r that it is compared with. */
export type Side = 'x' | 'r';
export const sides: readonly Side[] = ['x', 'r'];

/** What a rule may use to prepare a node. */
export interface PreparationScope {
  /** Holds the forward graph. Nodes that a rule adds here are computed once per side, not once per pair. */
  readonly builder: GraphBuilder;
  readonly node: GraphNode;
  readonly info: (value: string) => TypeAndShape;
  /** Whether a value depends on the model's input. */
  readonly varies: (value: string) => boolean;
}

/** What a rule may use to compute multipliers of a node's inputs. */
export interface MultiplierScope extends GradientScope {
  /** The builder's name for a forward or prepared value of one side. */
  readonly of: (value: string, side: Side) => string;
  /** See `DeepLiftForward.inRows`. */
  readonly inRows: boolean;
}

/** How multipliers pass through one kind of node. */
export interface DeepLiftRule {
  /** Adds nodes that are worth computing once per side. Returns the values that `multipliers` reads, by side. */
  readonly prepare: (scope: PreparationScope) => Readonly<Record<Side, readonly string[]>>;
  /** Computes the multipliers of the node's inputs from that of its output (`gradient`). */
  readonly multipliers: (scope: MultiplierScope) => readonly (string | undefined)[];
}

/** The same values on both sides. */
export const onBothSides = (...values: readonly string[]): Readonly<Record<Side, readonly string[]>> => ({
  x: values,
  r: values,
});

/** An input of a node by position. */
export const inputOf = ({ inputs }: GraphNode, index = 0): string => inputs[index] ?? '';
export const outputOf = ({ outputs }: GraphNode): string => outputs[0] ?? '';

/** x − r for a forward value. */
export function difference(scope: MultiplierScope, value: string): string {
  return scope.builder.node('Sub', [scope.of(value, 'x'), scope.of(value, 'r')]);
}

/** Whether |value| is below a bound. */
export function smallerThan(builder: GraphBuilder, value: string, bound: number): string {
  return builder.node('Less', [builder.node('Abs', [value]), builder.scalar(bound, builder.info(value).type)]);
}

/** `chosen` where the condition holds, else `otherwise`. A NaN or infinity in the branch that is not taken has no effect. */
export function choose(builder: GraphBuilder, condition: string, chosen: string, otherwise: string): string {
  return builder.node('Where', [condition, chosen, otherwise]);
}
