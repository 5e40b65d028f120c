import { XaigridError } from '@xaigrid/contracts';
import { sizeOf } from '@xaigrid/tensor';
import { isFinite32 } from '../constants.js';
import { cellParts } from './cell-parts.js';
import type { KerasLayer } from './keras-layer.js';

/** A weight of a layer. */
export interface KerasWeight {
  /** Its name in the file, for example `conv1d/kernel:0`. */
  readonly name: string;
  /** Its role in the layer, by Keras 2's name: `kernel`, `moving_mean`. */
  readonly role: string;
  readonly shape: readonly number[];
  readonly data: Float32Array<ArrayBuffer>;
}

/** Which definition of layers a file was made for. A few layers compute other numbers in TensorFlow.js than in Keras. */
export type Definitions = 'keras' | 'tensorflow.js';

/** The contents of a Keras file, whatever its format. */
export interface KerasFile {
  /** The `model_config` JSON, unchecked. */
  readonly topology: unknown;
  /** The Keras version that wrote it. Some layers mean different things in 2 and 3. */
  readonly kerasVersion: 2 | 3;
  readonly definitions: Definitions;
  /** The weights of a layer, without leftovers of training (seeds, counters). */
  readonly weightsOf: (layer: KerasLayer) => readonly KerasWeight[];
}

/** `3.4.1` → 3 */
export function majorVersion(version: unknown): 2 | 3 {
  return typeof version === 'string' && /^[3-9]/.test(version) ? 3 : 2;
}

/**
 * Checks the weights of a layer.
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

/** A weight that is identified by its path, as in HDF5 and TF.js files: `model/conv1d/kernel:0`. */
export interface PathWeight extends Omit<KerasWeight, 'role'> {
  readonly path: readonly string[];
}

export function pathOf(name: string): string[] {
  return name.replace(/:\d+$/, '').split('/');
}

/**
 * The weights of `layer` among those of a file, or of the nested model that contains the layer. The part of the path before the
 * role is the layer's name, with or without the names of its models. If several fit, those with the longest match count, and
 * among these those with the shortest rest: `Conv_1/kernel` is not a weight of `block/Conv_1`, which is another layer.
 */
export function weightsByPath(weights: readonly PathWeight[], layer: KerasLayer): KerasWeight[] {
  // A layer's own name may contain slashes.
  const wanted = layer.path.flatMap(({ name }) => name.split('/'));
  const least = (layer.path.at(-1)?.name ?? '').split('/').length;
  const fits = weights.map((weight) => {
    const given = weight.path.slice(0, -1);
    let length = 0;
    while (length < wanted.length && given.at(-1 - length) === wanted.at(-1 - length)) length++;
    return { weight, length, before: given.length - length };
  });
  const longest = Math.max(least, ...fits.map(({ length }) => length));
  const fitting = fits.filter(({ length }) => length === longest);
  const fewest = Math.min(...fitting.map(({ before }) => before));
  const own = fitting.filter(({ before }) => before === fewest).map(({ weight }) => weight);
  return withRoles(own.length > 0 ? own : lesserPaths(weights, layer), layer);
}

/**
 * Weights whose paths do not end in the layer's name: those of a layer's parts, `lstm/lstm_cell/kernel`, and the weights `mean`
 * and `variance` of an adapted Normalization in Keras 2, which belong to one layer if the file has one of each.
 */
function lesserPaths(weights: readonly PathWeight[], layer: KerasLayer): readonly PathWeight[] {
  const name = layer.path.at(-1)?.name ?? '';
  const inParts = rolesOf(layer).some((role) => role.includes('/'))
    ? weights.filter(({ path }) => `/${path.slice(0, -2).join('/')}/`.includes(`/${name}/`) || path.slice(0, -1).includes(name))
    : [];
  if (inParts.length > 0 || layer.className !== 'Normalization') return inParts;
  const bare = weights.filter(({ path }) => path.length === 1 && ['mean', 'variance'].includes(path[0] ?? ''));
  return bare.length === 2 ? bare : [];
}

/**
 * A layer's own weights with their roles. In a layer made of others, names are ambiguous (`kernel` four times). There they come
 * in the order in which the layer makes them, trained ones first, so weights of one name are distinguished by their order.
 */
export function withRoles(weights: readonly PathWeight[], layer: KerasLayer): KerasWeight[] {
  const roles = rolesOf(layer);
  const lastOf = (role: string) => role.split('/').at(-1) ?? '';
  const taken = new Map<string, number>();
  return weights.map(({ path, ...weight }) => {
    const name = path.at(-1) ?? '';
    if (!roles.some((role) => role.includes('/'))) return { ...weight, role: keras2Role(layer.className, name) };
    const count = taken.get(name) ?? 0;
    taken.set(name, count + 1);
    return { ...weight, role: roles.filter((role) => lastOf(role) === keras2Role(wrappedClass(layer), name))[count] ?? name };
  });
}

function wrappedClass({ className, config }: KerasLayer): string {
  const inner = (config.layer as { class_name?: unknown } | undefined)?.class_name;
  return typeof inner === 'string' ? inner : className;
}

/**
 * The role in Keras 2. Keras 3 names the weight of a depthwise convolution `kernel`, and the unnamed gamma of LayerScale
 * `variable`, the second one `variable_1`.
 */
function keras2Role(className: string, role: string): string {
  if (className === 'LayerScale' && /^variable(_\d+)?$/.test(role)) return 'gamma';
  return className.startsWith('DepthwiseConv') && role === 'kernel' ? 'depthwise_kernel' : role;
}

/** The roles of the weights of a class, in the order in which the layer makes them, trained ones first. */
const fixedRoles: Readonly<Record<string, readonly string[]>> = {
  Normalization: ['mean', 'variance', 'count'],
  PReLU: ['alpha'],
  Embedding: ['embeddings'],
  RMSNormalization: ['scale'],
  LayerScale: ['gamma'],
  AdditiveAttention: ['scale'],
  ...Object.fromEntries(
    ['LSTM', 'GRU', 'SimpleRNN', 'ConvLSTM1D', 'ConvLSTM2D'].map((name) => [
      name,
      ['kernel', 'recurrent_kernel', 'bias'].map((role) => `cell/${role}`),
    ]),
  ),
  ...Object.fromEntries(
    ['MultiHeadAttention', 'GroupedQueryAttention', 'GroupQueryAttention'].map((name) => [
      name,
      ['query_dense', 'key_dense', 'value_dense', 'output_dense'].flatMap((part) => [`${part}/kernel`, `${part}/bias`]),
    ]),
  ),
};

/**
 * The roles of a layer's weights. In a layer made of others, the weights of each part are `part/role`: `cell/kernel`,
 * `forward_layer/cell/kernel`. A `.keras` archive has a group for each part, with numbered weights.
 */
export function rolesOf(layer: Pick<KerasLayer, 'className' | 'config'>): readonly string[] {
  const { className, config } = layer;
  const when = (option: string, role: string) => (config[option] === false ? [] : [role]);
  const gammaAndBeta = [...when('scale', 'gamma'), ...when('center', 'beta')];
  const inner = (part: string, json: unknown) => partRoles(json).map((role) => `${part}/${role}`);
  const fixed = Object.hasOwn(fixedRoles, className) ? fixedRoles[className] : undefined;
  if (fixed !== undefined) return fixed;
  switch (className) {
    case 'BatchNormalization':
      return [...gammaAndBeta, 'moving_mean', 'moving_variance'];
    case 'LayerNormalization':
    case 'GroupNormalization':
      return gammaAndBeta;
    case 'Attention':
      return [...(config.use_scale === true ? ['scale'] : []), 'concat_score_weight'];
    case 'RNN':
      return cellParts(config.cell).flatMap(({ part }) =>
        ['kernel', 'recurrent_kernel', 'bias'].map((role) => `${part}/${role}`),
      );
    case 'Bidirectional':
      return [...inner('forward_layer', config.layer), ...inner('backward_layer', config.backward_layer ?? config.layer)];
    case 'TimeDistributed':
      return inner('layer', config.layer);
    case 'SpectralNormalization':
      return [...inner('layer', config.layer), 'vector_u'];
  }
  if (className.startsWith('SeparableConv')) return ['depthwise_kernel', 'pointwise_kernel', 'bias'];
  if (className.startsWith('DepthwiseConv')) return ['depthwise_kernel', 'bias'];
  return ['kernel', 'bias'];
}

function partRoles(json: unknown): readonly string[] {
  const { class_name: className, config } = (json ?? {}) as { class_name?: unknown; config?: unknown };
  return typeof className === 'string' && typeof config === 'object' && config !== null
    ? rolesOf({ className, config: config as Record<string, unknown> })
    : [];
}
