/**
 * Trains the demo model on MNIST-1D's training half and writes model.json, weights.bin and training-log.json beside itself.
 * Everything random comes from SEED, so the same versions of Node and TensorFlow.js make the same bytes again.
 *
 * Usage: `npm run train:mnist1d`, or `node models/mnist1d-cnn/train.mjs [folder]` in a built checkout.
 */
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { datasetKind } from '@xaigrid/datasets';
import { createNumpyRandom } from '@xaigrid/tensor';
import { writeModel } from '../write-model.mjs';
import { createModel } from './architecture.mjs';
import { registerFilterGradient } from './filter-gradient.mjs';

const SEED = 0;
const EPOCHS = 30;
const BATCH_SIZE = 64;
const LEARNING_RATE = 0.002;
const CLASSES = 10;
const REQUIRED_ACCURACY = 0.88;

const folder = process.argv[2] ?? fileURLToPath(new URL('.', import.meta.url));
mkdirSync(folder, { recursive: true });

registerFilterGradient();
await tf.setBackend('wasm');
await tf.ready();

const train = await readSplit('train');
const test = await readSplit('test');
const model = createModel(SEED);
model.compile({ optimizer: tf.train.adam(LEARNING_RATE), loss: 'categoricalCrossentropy', metrics: ['accuracy'] });

const random = createNumpyRandom(SEED);
const epochs = [];
for (let epoch = 0; epoch < EPOCHS; epoch++) {
  const learningRate = (LEARNING_RATE / 2) * (1 + Math.cos((Math.PI * epoch) / EPOCHS));
  model.optimizer.learningRate = learningRate;
  const { loss, accuracy } = await trainEpoch(random.permutation(train.size));
  epochs.push({ epoch: epoch + 1, learningRate: rounded(learningRate), loss: rounded(loss), accuracy: rounded(accuracy) });
  console.log(`epoch ${epoch + 1}/${EPOCHS}: loss ${loss.toFixed(4)}, accuracy ${accuracy.toFixed(4)}`);
}

// The test half is looked at once, after the last epoch: nothing was chosen by it.
const predicted = Array.from(await tf.tidy(() => model.predict(test.inputs).argMax(1)).data());
const correct = predicted.filter((digit, sample) => digit === test.labels[sample]).length;
const testAccuracy = correct / test.size;
console.log(`test accuracy: ${testAccuracy}`);
if (testAccuracy < REQUIRED_ACCURACY) throw new Error(`The model reaches ${testAccuracy}, less than ${REQUIRED_ACCURACY}.`);

await writeModel(folder, model, {
  dataset: { kind: 'mnist1d', seed: 42, train: train.size, test: test.size },
  seed: SEED,
  optimizer: { name: 'adam', learningRate: LEARNING_RATE, schedule: 'cosine' },
  batchSize: BATCH_SIZE,
  tensorflowJs: tf.version.tfjs,
  backend: tf.getBackend(),
  node: process.version,
  testAccuracy,
  epochs,
});

async function readSplit(split) {
  const kind = datasetKind('mnist1d');
  const dataset = await kind.open({
    params: kind.params.parse({ split }),
    files: [],
    filePath: () => Promise.reject(new Error('MNIST-1D has no files.')),
  });
  const { inputs, labels } = await dataset.read(0, dataset.info.size);
  await dataset.close();
  return {
    size: labels.length,
    labels,
    inputs: tf.tensor(inputs.data, inputs.shape),
    targets: tf.oneHot(tf.tensor1d(labels, 'int32'), CLASSES),
  };
}

async function trainEpoch(order) {
  let loss = 0;
  let accuracy = 0;
  for (let start = 0; start < order.length; start += BATCH_SIZE) {
    const rows = order.slice(start, start + BATCH_SIZE);
    const indices = tf.tensor1d(rows, 'int32');
    const inputs = tf.gather(train.inputs, indices);
    const targets = tf.gather(train.targets, indices);
    const [batchLoss, batchAccuracy] = await model.trainOnBatch(inputs, targets);
    loss += batchLoss * rows.length;
    accuracy += batchAccuracy * rows.length;
    tf.dispose([indices, inputs, targets]);
  }
  return { loss: loss / order.length, accuracy: accuracy / order.length };
}

function rounded(value) {
  return Number(value.toFixed(6));
}
