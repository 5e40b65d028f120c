import { functionalFixture, sequentialFixture } from './keras-models.js';

/** The report's 1-D architecture, smaller. */
export const convolutional = sequentialFixture(
  [12, 2],
  [
    {
      class_name: 'Conv1D',
      config: { name: 'conv1d', filters: 5, kernel_size: [3], padding: 'same', activation: 'relu' },
      weights: { kernel: [3, 2, 5], bias: [5] },
    },
    { class_name: 'MaxPooling1D', config: { name: 'max_pooling1d', pool_size: [2] } },
    { class_name: 'Dropout', config: { name: 'dropout', rate: 0.3 } },
    {
      class_name: 'Conv1D',
      config: { name: 'conv1d_1', filters: 4, kernel_size: [3], padding: 'same', activation: 'relu' },
      weights: { kernel: [3, 5, 4], bias: [4] },
    },
    { class_name: 'Flatten', config: { name: 'flatten' } },
    { class_name: 'Dense', config: { name: 'dense', units: 3, activation: 'softmax' }, weights: { kernel: [24, 3], bias: [3] } },
  ],
);

/** Two branches, joined twice. */
export const branched = functionalFixture(
  [6, 6, 3],
  [
    {
      from: ['the_input'],
      class_name: 'Conv2D',
      config: { name: 'left', filters: 3, kernel_size: [3, 3], padding: 'same' },
      weights: { kernel: [3, 3, 3, 3], bias: [3] },
    },
    {
      from: ['left'],
      class_name: 'BatchNormalization',
      config: { name: 'norm', axis: [3] },
      weights: { gamma: [3], beta: [3], moving_mean: [3], moving_variance: [3] },
    },
    { from: ['norm'], class_name: 'Activation', config: { name: 'act', activation: 'relu' } },
    { from: ['act', 'the_input'], class_name: 'Add', config: { name: 'add' } },
    { from: ['add', 'act'], class_name: 'Concatenate', config: { name: 'concatenate', axis: -1 } },
    { from: ['concatenate', 'concatenate'], class_name: 'Concatenate', config: { name: 'rows', axis: 1 } },
    { from: ['rows'], class_name: 'GlobalAveragePooling2D', config: { name: 'gap' } },
    {
      from: ['gap'],
      class_name: 'Dense',
      config: { name: 'dense', units: 2, activation: 'softmax' },
      weights: { kernel: [6, 2], bias: [2] },
    },
  ],
);
