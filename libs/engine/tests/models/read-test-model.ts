import type { Model } from '@xaigrid/graph';
import { readModel } from '../../src/index.js';
import type { KerasModel } from './keras-models.js';

/** Writes the model as TF.js stores layers models (model.json and one file of weights) and reads it as users' models are read. */
export async function readTestModel(model: KerasModel, options: { readonly output?: 'probabilities' } = {}): Promise<Model> {
  const manifest = {
    format: 'layers-model',
    generatedBy: 'keras v2.4.0',
    modelTopology: { keras_version: '2.4.0', backend: 'tensorflow', model_config: model.topology },
    weightsManifest: [
      { paths: ['weights.bin'], weights: model.weights.map(({ name, shape }) => ({ name, shape, dtype: 'float32' })) },
    ],
  };
  const values = new Float32Array(model.weights.flatMap(({ data }) => [...data]));
  const files = [
    { name: 'model.json', bytes: new TextEncoder().encode(JSON.stringify(manifest)) },
    { name: 'weights.bin', bytes: new Uint8Array(values.buffer) },
  ];
  return readModel({ files, name: model.name, ...options });
}
