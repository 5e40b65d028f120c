import { z } from 'zod';
import { ints } from '../../attributes.js';
import { int64s } from '../../constants.js';
import type { LayerImport } from '../layer-import.js';
import { inferenceNoOps } from './activation.js';
import { maskOf, readsMask } from './masking.js';

const wrapperSchema = z.object({ layer: z.object({ class_name: z.string(), config: z.record(z.string(), z.unknown()) }) });

/** Layers that work on the last axis, or on each value, whatever axes precede it. */
const anyRank = (className: string) => ['Dense', 'Activation'].includes(className) || Object.hasOwn(inferenceNoOps, className);

/** The wrapped layer on each step, computed as if all steps of all samples were samples. */
const timeDistributed: LayerImport = (scope) => {
  const { layer } = scope.config(wrapperSchema);
  const { input, node, builder } = scope;
  if (maskOf(scope) !== undefined && readsMask(layer.class_name))
    return scope.refuse(`its ${layer.class_name} is given masked steps, which is not supported`);
  if (anyRank(layer.class_name)) return scope.wrapped('layer', layer, input);
  const { shape } = input;
  if (scope.order === 'channels_first' || shape.length < 2)
    return scope.refuse('its steps are not the first axis behind the samples');
  const [steps = 1, ...inner] = shape;
  const reshape = (value: string, extents: readonly number[]) =>
    node('Reshape', [value, builder.constant(int64s(extents), 'shape')]);
  // Inside, the steps come after the channels.
  const swapped = (value: string, rank: number) =>
    node('Transpose', [value], { perm: ints([0, 2, 1, ...Array.from({ length: rank - 2 }, (_, axis) => axis + 3)]) });
  const channelsFirst = (extents: readonly number[]) => [...extents.slice(-1), ...extents.slice(0, -1)];
  const value = reshape(swapped(input.value, shape.length), [-1, ...channelsFirst(inner)]);
  const out = scope.wrapped('layer', layer, { value, shape: inner });
  const back = reshape(out.value, [-1, steps, ...channelsFirst(out.shape)]);
  return { value: swapped(back, out.shape.length + 1), shape: [steps, ...out.shape] };
};

/** The kernel in the file is already divided by its spectral norm, as in the last training step. */
const spectralNormalization: LayerImport = (scope) => scope.wrapped('layer', scope.config(wrapperSchema).layer, scope.input);

export const wrapperLayers: Readonly<Record<string, LayerImport>> = {
  TimeDistributed: timeDistributed,
  SpectralNormalization: spectralNormalization,
};
