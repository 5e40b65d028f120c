import type { GraphBuilder } from '../builder.js';

/** `value` with `epsilon` added to its size: value + ε·sign(value), where the sign of 0 is 1. */
export function stabilised(builder: GraphBuilder, value: string, epsilon: number): string {
  const { type } = builder.info(value);
  const [zero, below, above] = [0, -epsilon, epsilon].map((number) => builder.scalar(number, type));
  const shift = builder.node('Where', [builder.node('Less', [value, zero ?? '']), below ?? '', above ?? '']);
  return builder.node('Add', [value, shift]);
}
