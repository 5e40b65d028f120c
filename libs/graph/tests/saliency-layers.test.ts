import { describe, expect, it } from 'vitest';
import { saliencyLayersOf, type LayerRole } from '../src/saliency-layers.js';

/** A chain of layers, written `kind name`. */
function chain(...layers: readonly `${LayerRole['kind']} ${string}`[]): LayerRole[] {
  return layers.map((layer, index) => {
    const [kind, name] = layer.split(' ') as [LayerRole['kind'], string];
    return { kind, name, inputs: index === 0 ? ['input'] : [layers[index - 1]?.split(' ')[1] ?? ''], rank: 3 };
  });
}

describe("SISE's default layers", () => {
  it('are the inputs of the pooling layers', () => {
    expect(
      saliencyLayersOf(chain('convolution a', 'convolution b', 'pooling p', 'convolution c', 'pooling q', 'other d')),
    ).toEqual(['b', 'c']);
  });

  it('are the last convolution too when no pooling follows it', () => {
    expect(saliencyLayersOf(chain('convolution a', 'pooling p', 'convolution b', 'other d'))).toEqual(['a', 'b']);
    expect(saliencyLayersOf(chain('convolution a', 'convolution b', 'other d'))).toEqual(['b']);
  });

  it('look through layers that do nothing, and take activations as they come', () => {
    expect(saliencyLayersOf(chain('convolution a', 'other relu', 'nothing dropout', 'pooling p'))).toEqual(['relu']);
  });

  it('add nothing for a pooling of a pooling', () => {
    expect(saliencyLayersOf(chain('convolution a', 'pooling p', 'nothing dropout', 'pooling gap'))).toEqual(['a']);
  });

  it('are none without convolutions and pooling', () => {
    expect(saliencyLayersOf(chain('other dense'))).toEqual([]);
  });
});
