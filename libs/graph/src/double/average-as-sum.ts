import { numberOf } from '../attributes.js';
import type { GraphBuilder } from '../builder.js';
import { constantOf } from '../constants.js';
import { averagingShares } from '../gradients/average-pooling.js';
import type { GraphNode } from '../graph.js';
import { slide, windowOf } from '../shapes/convolution.js';
import { refuse, reshape, tapsUnder } from './convolution-as-product.js';

/**
 * An average pooling as a sum over the taps of its window, each with its own copy of the input, divided by the number of averaged
 * values at each position.
 * @throws OPERATION_UNSUPPORTED when the input's size is not known
 */
export function averageAsSum(builder: GraphBuilder, node: GraphNode): string {
  const [input = ''] = node.inputs;
  const { type, shape } = builder.info(input);
  const [, channels = null, ...extents] = shape;
  if (channels === null) refuse(node, 'the size of its input is not known');
  const positions = extents.map((extent) => extent ?? refuse(node, 'the size of its input is not known'));
  const window = windowOf(node, positions, []);
  const outputs = slide(positions, window).map((extent) => extent ?? 1);
  const taps = tapsUnder(builder, input, { window, positions, outputs, channels });
  const sum = reshape(builder, builder.node('Sum', taps), [0, channels, ...outputs]);
  const shares = averagingShares({ window, positions, outputs }, numberOf(node, 'count_include_pad', 0) === 1);
  return builder.node('Mul', [sum, builder.constant(constantOf(type, [1, ...outputs], shares), 'shares')]);
}
