import type { GraphBuilder } from '../builder.js';

/** `value` with `epsilon` added to its size: value + ε·sign(value), where the sign of 0 is 1. */
export function stabilised(builder: GraphBuilder, value: string, epsilon: number): string {
  const { type } = builder.info(value);
  const [zero, shift] = [builder.scalar(0, type), builder.scalar(epsilon, type)];
  const [below, above] = ['Sub', 'Add'].map((op) => builder.node(op, [value, shift]));
  return builder.node('Where', [builder.node('Less', [value, zero]), below ?? '', above ?? '']);
}
