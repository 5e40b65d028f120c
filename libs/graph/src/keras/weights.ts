import { XaigridError } from '@xaigrid/contracts';
import { sizeOf } from '@xaigrid/tensor';
import { isFinite32 } from '../constants.js';
import type { KerasLayer } from './topology.js';

/** A weight of a layer. */
export interface KerasWeight {
  /** What the file calls it, for example `conv1d/kernel:0`. */
  readonly name: string;
  /** What it is to its layer, as Keras 2 calls it: `kernel`, `moving_mean`. */
  readonly role: string;
  readonly shape: readonly number[];
  readonly data: Float32Array<ArrayBuffer>;
}

/** Whose definition of its layers a file was made for: a few layers compute other numbers in TensorFlow.js than in Keras. */
export type Definitions = 'keras' | 'tensorflow.js';

/** What a Keras file holds, whatever its format. */
export interface KerasFile {
  /** The `model_config` JSON, unchecked. */
  readonly topology: unknown;
  /** The Keras that wrote it; some layers mean different things in 2 and 3. */
  readonly kerasVersion: 2 | 3;
  readonly definitions: Definitions;
  /** Training leftovers (seeds, counters) are left out. */
  readonly weightsOf: (layer: KerasLayer) => readonly KerasWeight[];
}

/** `3.4.1` → 3 */
export function majorVersion(version: unknown): 2 | 3 {
  return typeof version === 'string' && /^[3-9]/.test(version) ? 3 : 2;
}

/**
 * @throws MODEL_UNREADABLE when a weight does not fill its shape
 * @throws MODEL_NOT_FINITE naming the weight that has a NaN or an infinity
 */
export function checkWeights(weights: readonly KerasWeight[]): void {
  for (const { name, shape, data } of weights) {
    if (data.length !== sizeOf(shape)) {
      throw new XaigridError(
        'MODEL_UNREADABLE',
        `Weight "${name}" has ${data.length} values where its shape [${shape.join(', ')}] needs ${sizeOf(shape)}.`,
      );
    }
    if (!isFinite32(data)) {
      throw new XaigridError(
        'MODEL_NOT_FINITE',
        `Weight "${name}" has values that are NaN or infinite; the model cannot be evaluated. Train it again.`,
      );
    }
  }
}

/** A weight known by its path, as HDF5 and TF.js files have it: `model/conv1d/kernel:0`. */
export interface PathWeight extends Omit<KerasWeight, 'role'> {
  readonly path: readonly string[];
}

export function pathOf(name: string): string[] {
  return name.replace(/:\d+$/, '').split('/');
}

/**
 * The weights of `layer` among those of a file, or of the nested model it is in: what stands before the role is the layer's
 * name, with or without the models' it is in. Where several fit, those that fit exactly, then those that fit the longest.
 */
export function weightsByPath(weights: readonly PathWeight[], layer: KerasLayer): KerasWeight[] {
  // A layer's own name may have slashes.
  const wanted = layer.path.flatMap(({ name }) => name.split('/'));
  const least = (layer.path.at(-1)?.name ?? '').split('/').length;
  const scored = weights.map((weight) => {
    const given = weight.path.slice(0, -1);
    let length = 0;
    while (length < wanted.length && given.at(-1 - length) === wanted.at(-1 - length)) length++;
    return { weight, score: length + (length === wanted.length && given.length === length ? 1 : 0) };
  });
  const best = Math.max(least, ...scored.map(({ score }) => score));
  return scored.filter(({ score }) => score === best).map(({ weight }) => withRole(weight, layer));
}

export function withRole({ path, ...weight }: PathWeight, { className }: KerasLayer): KerasWeight {
  return { ...weight, role: keras2Role(className, path.at(-1) ?? '') };
}

/** Keras 3 calls a depthwise convolution's weight a kernel. */
function keras2Role(className: string, role: string): string {
  return className.startsWith('DepthwiseConv') && role === 'kernel' ? 'depthwise_kernel' : role;
}

/**
 * What the numbered weights of a `.keras` archive are: in the order in which the layer makes them, trained ones first.
 */
export function rolesOf({ className, config }: KerasLayer): string[] {
  const when = (option: string, role: string) => (config[option] === false ? [] : [role]);
  if (className === 'BatchNormalization')
    return [...when('scale', 'gamma'), ...when('center', 'beta'), 'moving_mean', 'moving_variance'];
  if (className === 'LayerNormalization') return [...when('scale', 'gamma'), ...when('center', 'beta')];
  if (className === 'Normalization') return ['mean', 'variance', 'count'];
  if (className === 'PReLU') return ['alpha'];
  if (className.startsWith('SeparableConv')) return ['depthwise_kernel', 'pointwise_kernel', 'bias'];
  if (className.startsWith('DepthwiseConv')) return ['depthwise_kernel', 'bias'];
  return ['kernel', 'bias'];
}
