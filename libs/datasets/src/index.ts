export { assertCanOrder, chooseSamples, firstStretch, randomOrder, type ChoiceOptions } from './choose-samples.js';
export type { Dataset, DatasetInfo, DatasetKind, SampleBatch } from './dataset.js';
export { fetchDataset, type FetchedDataset } from './fetch/fetch-dataset.js';
export { publishedDataset, publishedDatasets, type PublishedDataset } from './fetch/published.js';
export { generateMnist1d, type Mnist1dSamples } from './mnist1d/generator.js';
export type { Mnist1dParameters } from './mnist1d/parameters.js';
export { readAhead } from './read-ahead.js';
export { readSamples, spanOf } from './read-samples.js';
export { absentKinds, datasetKind, datasetKinds } from './registry.js';
