import { z } from 'zod';
import { float } from '../../attributes.js';
import { float32 } from '../../constants.js';
import { split, type LayerImport } from '../layer-import.js';

const schema = z.object({
  axis: z
    .union([
      z.int(),
      z
        .array(z.int())
        .length(1)
        .transform(([axis]) => axis ?? -1),
    ])
    .default(-1),
  epsilon: z.number().default(1e-3),
  center: z.boolean().default(true),
  scale: z.boolean().default(true),
});

/** Batch normalization at inference: the moving statistics, per channel. */
const batchNormalization: LayerImport = (scope) => {
  const config = scope.config(schema);
  const { shape, value } = scope.input;
  const { channels } = split(shape);
  if (config.axis !== -1 && config.axis !== shape.length) return scope.refuse('it does not normalize the channels (axis -1)');
  const gamma = config.scale ? scope.weight('gamma', [channels]) : float32(new Float32Array(channels).fill(1), [channels]);
  const beta = config.center ? scope.weight('beta', [channels]) : float32(new Float32Array(channels), [channels]);
  const mean = scope.weight('moving_mean', [channels]);
  const variance = scope.weight('moving_variance', [channels]);
  const inputs = [gamma, beta, mean, variance].map((constant) => scope.builder.constant(constant, 'statistic'));
  return { value: scope.node('BatchNormalization', [value, ...inputs], { epsilon: float(config.epsilon) }), shape };
};

export const normalizationLayers: Readonly<Record<string, LayerImport>> = { BatchNormalization: batchNormalization };
