import { float, int } from '../../src/attributes.js';
import { weights, type GradientCase } from './gradient-case.js';

const response = (name: string, channels: number, size: number): GradientCase => ({
  name: `LRN ${name}`,
  shape: [2, channels, 2, 3],
  forward: (b, x) => b.node('LRN', [x], { size: int(size), alpha: float(0.5), beta: float(0.75), bias: float(1.5) }),
});

export const normalizationCases: readonly GradientCase[] = [
  {
    name: 'LayerNormalization',
    shape: [2, 3, 5],
    forward: (b, x) => b.node('LayerNormalization', [x, weights(b, 5), weights(b, 5)], { epsilon: float(1e-3) }),
  },
  {
    name: 'LayerNormalization over two axes, no bias',
    shape: [2, 3, 4],
    forward: (b, x) => b.node('LayerNormalization', [x, weights(b, 3, 4)], { axis: int(1) }),
  },
  {
    name: 'InstanceNormalization',
    shape: [2, 3, 4, 2],
    forward: (b, x) => b.node('InstanceNormalization', [x, weights(b, 3), weights(b, 3)], { epsilon: float(1e-2) }),
  },
  response('of five channels', 7, 5),
  response('of all channels', 3, 5),
];
