import { describe, expect, it } from 'vitest';
import { saliencyLayersOf, type LayerRole } from '../src/saliency-layers.js';

/** Layers written `kind name size < inputs`; without inputs they read the layer before, the first one the input. */
function layersOf(...lines: readonly string[]): LayerRole[] {
  return lines.map((line, index) => {
    const [kind, name = '', size, , ...inputs] = line.split(' ') as [LayerRole['kind'], ...string[]];
    const previous = lines[index - 1]?.split(' ')[1] ?? 'input';
    return { kind, name, inputs: inputs.length > 0 ? inputs : [previous], shape: size === '-' ? [7] : [Number(size), 1, 7] };
  });
}
const chosen = (...lines: readonly string[]) => saliencyLayersOf([32, 1, 3], layersOf(...lines));

describe("SISE's default layers", () => {
  it('are the inputs of the pooling layers', () => {
    const layers = ['convolution a 32', 'convolution b 32', 'pooling p 16', 'convolution c 16', 'pooling q 8', 'other d -'];
    expect(chosen(...layers)).toEqual(['b', 'c']);
  });

  it('are the last convolution too when no pooling follows it', () => {
    expect(chosen('convolution a 32', 'pooling p 16', 'convolution b 16', 'other d -')).toEqual(['a', 'b']);
    expect(chosen('convolution a 32', 'convolution b 32', 'other d -')).toEqual(['b']);
  });

  it('look through layers that do nothing, and take activations as they come', () => {
    expect(chosen('convolution a 32', 'other relu 32', 'nothing dropout 32', 'pooling p 16')).toEqual(['relu']);
  });

  it('add nothing for a pooling of a pooling', () => {
    expect(chosen('convolution a 32', 'pooling p 16', 'nothing dropout 16', 'pooling gap -')).toEqual(['a']);
  });

  it('are over the input’s positions: a convolution over tokens, as CoaT ends in, is none', () => {
    const images = [
      { kind: 'convolution', name: 'a', inputs: ['input'], shape: [32, 32, 7] },
      { kind: 'pooling', name: 'p', inputs: ['a'], shape: [16, 16, 7] },
      { kind: 'other', name: 'tokens', inputs: ['p'], shape: [256, 7] },
      { kind: 'convolution', name: 'aggregate', inputs: ['tokens'], shape: [128, 1] },
      { kind: 'pooling', name: 'q', inputs: ['aggregate'], shape: [64, 1] },
    ] as const;
    expect(saliencyLayersOf([32, 32, 3], images)).toEqual(['a']);
    expect(saliencyLayersOf([32, 32, 3], images.slice(0, 4))).toEqual(['a']);
  });

  it('are none without convolutions and pooling', () => {
    expect(chosen('other dense -')).toEqual([]);
  });

  it('are the outputs of residual stages, once a stage', () => {
    const stem = ['convolution stem 16', 'other relu 16', 'pooling p 8'];
    const stage = ['convolution a 8', 'other add 8 < a p'];
    // As ResNet-50 has it: the stride is in the branch's second convolution and in the shortcut.
    const next = ['convolution b1 8 < add', 'convolution b2 4', 'convolution short 4 < add', 'other add2 4 < b2 short'];
    expect(chosen(...stem, ...stage, ...next, 'pooling gap -', 'other dense -')).toEqual(['relu', 'add', 'add2']);
  });

  it('pass over gates, whose result is spread over the positions again', () => {
    const gate = ['pooling squeeze 1 < a', 'convolution fc 1', 'other gated 32 < a fc'];
    expect(chosen('convolution a 32', ...gate, 'convolution b 32', 'pooling gap -', 'other dense -')).toEqual(['b']);
  });

  it('pass over poolings that keep the size', () => {
    expect(chosen('convolution a 32', 'pooling branch 32', 'convolution b 32', 'pooling gap -')).toEqual(['b']);
  });
});
