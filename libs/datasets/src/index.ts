export type { Dataset, DatasetInfo, DatasetKind, SampleBatch } from './dataset.js';
export { generateMnist1d, type Mnist1dSamples } from './mnist1d/generator.js';
export type { Mnist1dParameters } from './mnist1d/parameters.js';
export { datasetKind, datasetKinds } from './registry.js';
