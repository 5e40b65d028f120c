import { expect, it } from 'vitest';
import { layerList, layerNamed } from '../src/index.js';

const layer = (name: string, ...modules: string[]) => ({
  name,
  ...(modules.length === 0 ? {} : { aliases: [`${name}_output_0`, ...modules], modules }),
  ...{ kind: 'Relu', shape: [4, 3], parameters: 0 },
});
const model = (layers: ReturnType<typeof layer>[]) => ({
  ...{ inputShape: [4, 3], classes: 2, saliencyLayers: [], weightSteps: [] },
  layers,
});

it('modules stand beside the nodes whose names nobody knows', () => {
  const layers = [layer('node_conv'), layer('node_relu', 'layer1', 'layer1.1')];
  expect(layerList(layers)).toBe('node_conv, node_relu (layer1, layer1.1)');
  expect(layerNamed(model(layers), 'layer1.1').name).toBe('node_relu');
  expect(() => layerNamed(model(layers), 'layer1.2')).toThrow(
    'Layer "layer1.2" is not in the model. Did you mean "layer1.1"? Layers: node_conv, node_relu (layer1, layer1.1).',
  );
});

it('a long list is cut, with the last layers and a word on the others', () => {
  const list = layerList(Array.from({ length: 200 }, (_, index) => layer(`n${index}`)));
  expect(list).toMatch(/^n0, n1, .*n11, … \(200 in all; xaigrid inspect lists them\), n172, .*n199$/);
  expect(layerList(Array.from({ length: 40 }, (_, index) => layer(`n${index}`)))).not.toContain('…');
  expect(layerList([])).toBe('none');
});
