import { sizeOf } from '@xaigrid/tensor';

/** What the choice of SISE's layers needs to know about a layer. */
export interface LayerRole {
  readonly name: string;
  /** `nothing`: a layer that computes nothing, or only adds borders. */
  readonly kind: 'pooling' | 'convolution' | 'nothing' | 'other';
  /** The names of the layers that it reads, in order. */
  readonly inputs: readonly string[];
  /** The shape of its output without the batch, channels last. */
  readonly shape: readonly number[];
}

/** A ratio below that of stride 2, which halves an axis, and above that of a convolution that only loses its borders. */
const SHRINKS = 1.9;

/**
 * SISE's default layers: the last layer of every convolutional block (Sattarzadeh et al. 2020). Blocks end where the number of
 * positions falls: the input of a pooling layer or of a strided convolution ends a block, and so does the last convolution if no
 * pooling follows it. If several such layers have one size, as in the two branches of a residual block, the one that the others
 * are computed from counts. A pooling ends no block if its result is spread over the positions again (squeeze-and-excitation), if
 * it keeps the size, or if it reads another pooling.
 * @param input the model's input shape, channels last
 * @param layers in topological order
 */
export function saliencyLayersOf(input: readonly number[], layers: readonly LayerRole[]): string[] {
  const byName = new Map(layers.map((layer) => [layer.name, layer]));
  const sourceOf = (layer: LayerRole): LayerRole | undefined => {
    let source = byName.get(layer.inputs[0] ?? '');
    while (source?.kind === 'nothing') source = byName.get(source.inputs[0] ?? '');
    return source;
  };
  const readOf = (layer: LayerRole) => positionsOf(sourceOf(layer)?.shape ?? input);
  const largest = largestReadBehind(layers, readOf);

  // A convolution over tokens (CoaT) has none of the input's positions.
  const hasPositions = ({ shape }: LayerRole) => shape.length === input.length && positionsOf(shape) > 1;

  const ends = layers.filter((layer) => {
    const own = positionsOf(layer.shape);
    const shrinks =
      layer.kind === 'pooling' ? own < readOf(layer) : layer.kind === 'convolution' && own * SHRINKS <= readOf(layer);
    return shrinks && (largest.get(layer.name) ?? 0) <= own;
  });
  const sources = new Set(ends.map(sourceOf));
  const convolutions = layers.filter(({ kind }) => kind === 'convolution').map(({ name }) => name);
  const chosen: LayerRole[] = [];
  for (const layer of layers) {
    if (!sources.has(layer) || layer.kind === 'pooling' || !hasPositions(layer)) continue;
    // Layers that only prepare the input, for example by scaling it, are not a block.
    if (layer.kind !== 'convolution' && !dependsOn(layer, convolutions, byName)) continue;
    const rivals = chosen.filter(({ shape }) => positionsOf(shape) === positionsOf(layer.shape)).map(({ name }) => name);
    if (!dependsOn(layer, rivals, byName)) chosen.push(layer);
  }
  const lastConvolution = layers.findLastIndex((layer) => layer.kind === 'convolution' && hasPositions(layer));
  const lastPooling = layers.findLastIndex((layer) => layer.kind === 'pooling' && ends.includes(layer));
  const last = layers[lastConvolution];
  return layers
    .filter((layer) => chosen.includes(layer) || (layer === last && lastConvolution > lastPooling))
    .map(({ name }) => name);
}

const positionsOf = (shape: readonly number[]) => sizeOf(shape.slice(0, -1));

/** For each layer, the most positions that a convolution or pooling after it reads. */
function largestReadBehind(layers: readonly LayerRole[], readOf: (layer: LayerRole) => number): ReadonlyMap<string, number> {
  const largest = new Map<string, number>();
  for (const layer of layers.toReversed()) {
    const read = layer.kind === 'pooling' || layer.kind === 'convolution' ? readOf(layer) : 0;
    const behind = Math.max(read, largest.get(layer.name) ?? 0);
    for (const from of layer.inputs) largest.set(from, Math.max(behind, largest.get(from) ?? 0));
  }
  return largest;
}

function dependsOn(layer: LayerRole, names: readonly string[], byName: ReadonlyMap<string, LayerRole>): boolean {
  const wanted = new Set(names);
  const seen = new Set<string>();
  const waiting = names.length === 0 ? [] : [...layer.inputs];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (wanted.has(name)) return true;
    if (seen.has(name)) continue;
    seen.add(name);
    waiting.push(...(byName.get(name)?.inputs ?? []));
  }
  return false;
}
