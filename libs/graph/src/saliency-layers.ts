/** A layer as far as the choice of SISE's layers needs it. */
export interface LayerRole {
  readonly name: string;
  readonly kind: 'pooling' | 'convolution' | 'nothing' | 'other';
  /** Names of the layers it reads, in order. */
  readonly inputs: readonly string[];
  /** Axes of its output without the batch; 1 for `[units]`. */
  readonly rank: number;
}

/**
 * SISE's default layers (Sattarzadeh et al. 2020): the input of every pooling layer, and the last convolution if no pooling
 * follows it. A pooling layer that reads another one adds none: what it pools is explained already.
 * @param layers in topological order
 */
export function saliencyLayersOf(layers: readonly LayerRole[]): string[] {
  const byName = new Map(layers.map((layer) => [layer.name, layer]));
  const chosen = new Set<string>();
  for (const layer of layers) {
    if (layer.kind !== 'pooling') continue;
    let source = byName.get(layer.inputs[0] ?? '');
    while (source?.kind === 'nothing') source = byName.get(source.inputs[0] ?? '');
    if (source !== undefined && source.kind !== 'pooling' && source.rank > 1) chosen.add(source.name);
  }
  const lastConvolution = layers.findLastIndex((layer) => layer.kind === 'convolution');
  const lastPooling = layers.findLastIndex((layer) => layer.kind === 'pooling');
  const last = layers[lastConvolution];
  if (last !== undefined && lastConvolution > lastPooling) chosen.add(last.name);
  return layers.filter(({ name }) => chosen.has(name)).map(({ name }) => name);
}
