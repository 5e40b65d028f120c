import { sizeOf } from '@xaigrid/tensor';

/** A layer as far as the choice of SISE's layers needs it. */
export interface LayerRole {
  readonly name: string;
  /** `nothing`: a layer that computes nothing, or only adds borders. */
  readonly kind: 'pooling' | 'convolution' | 'nothing' | 'other';
  /** Names of the layers it reads, in order. */
  readonly inputs: readonly string[];
  /** Its output's shape without the batch, channels last. */
  readonly shape: readonly number[];
}

/** A convolution of stride 2 halves an axis; one that only loses its borders makes less of a difference than this. */
const SHRINKS = 1.9;

/**
 * SISE's default layers: the last layer of every convolutional block (Sattarzadeh et al. 2020). Blocks end where the positions
 * become fewer: what a pooling layer or a strided convolution reads ends one, and the last convolution if no pooling follows
 * it. Of several such at one size, as a residual block's two branches have them, the one the others are computed from counts.
 * A pooling whose result is spread over the positions again (squeeze-and-excitation) ends no block, nor does one that keeps
 * the size, or reads another pooling.
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
    // What only prepares the input, scaling it for example, is no block.
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

/** The most positions that a convolution or pooling behind a layer reads. */
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
