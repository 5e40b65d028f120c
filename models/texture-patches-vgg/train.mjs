/**
 * Trains the demo model on texture-patches' training half and writes model.json, weights.bin and training-log.json beside itself.
 * Everything random comes from SEED, so the same versions of Node and TensorFlow.js make the same bytes again.
 *
 * Usage: `npm run train:texture-patches`, or `node models/texture-patches-vgg/train.mjs [folder]` in a built checkout.
 */
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { datasetKind } from '@xaigrid/datasets';
import { createNumpyRandom } from '@xaigrid/tensor';
import { writeModel } from '../write-model.mjs';
import { createModel } from './architecture.mjs';
import { registerConvolutionGradients } from './convolution-gradients.mjs';

const SEED = 0;
const TRAIN_SAMPLES = 4000;
const TEST_SAMPLES = 1000;
const EPOCHS = 12;
const BATCH_SIZE = 32;
const LEARNING_RATE = 0.003;
/** Targets are this much short of certain: outputs that saturate have gradients that float32 cannot tell from 0. */
const LABEL_SMOOTHING = 0.05;
const REQUIRED_ACCURACY = 0.95;

const folder = process.argv[2] ?? fileURLToPath(new URL('.', import.meta.url));
mkdirSync(folder, { recursive: true });

registerConvolutionGradients();
await tf.setBackend('wasm');
await tf.ready();

const train = await openSplit('train', TRAIN_SAMPLES);
const test = await openSplit('test', TEST_SAMPLES);
const classes = train.info.classNames.length;
const model = createModel(SEED);
model.compile({ optimizer: tf.train.adam(LEARNING_RATE), loss: 'categoricalCrossentropy', metrics: ['accuracy'] });

const random = createNumpyRandom(SEED);
const epochs = [];
for (let epoch = 0; epoch < EPOCHS; epoch++) {
  const learningRate = (LEARNING_RATE / 2) * (1 + Math.cos((Math.PI * epoch) / EPOCHS));
  model.optimizer.learningRate = learningRate;
  const { loss, accuracy } = await trainEpoch(random.permutation(TRAIN_SAMPLES));
  epochs.push({ epoch: epoch + 1, learningRate: rounded(learningRate), loss: rounded(loss), accuracy: rounded(accuracy) });
  console.log(`epoch ${epoch + 1}/${EPOCHS}: loss ${loss.toFixed(4)}, accuracy ${accuracy.toFixed(4)}`);
}

// The test half is looked at after the last epoch only.
const testAccuracy = await accuracyOn(test);
console.log(`test accuracy: ${testAccuracy}`);
if (testAccuracy < REQUIRED_ACCURACY) throw new Error(`The model reaches ${testAccuracy}, less than ${REQUIRED_ACCURACY}.`);

await writeModel(folder, model, {
  dataset: { kind: 'texture-patches', seed: 0, train: TRAIN_SAMPLES, test: TEST_SAMPLES },
  seed: SEED,
  optimizer: { name: 'adam', learningRate: LEARNING_RATE, schedule: 'cosine' },
  batchSize: BATCH_SIZE,
  labelSmoothing: LABEL_SMOOTHING,
  tensorflowJs: tf.version.tfjs,
  backend: tf.getBackend(),
  node: process.version,
  testAccuracy,
  epochs,
});

function openSplit(split, size) {
  const kind = datasetKind('texture-patches');
  return kind.open({
    params: kind.params.parse({ split, size }),
    files: [],
    filePath: () => Promise.reject(new Error('texture-patches has no files.')),
  });
}

/** Samples are drawn anew each epoch: the whole set would take 200 MB. */
async function trainEpoch(order) {
  let loss = 0;
  let accuracy = 0;
  for (let start = 0; start < order.length; start += BATCH_SIZE) {
    const rows = order.slice(start, start + BATCH_SIZE);
    const batch = await train.readAt(rows);
    const inputs = tf.tensor(batch.inputs.data, batch.inputs.shape);
    const targets = smoothed(batch.labels);
    const [batchLoss, batchAccuracy] = await model.trainOnBatch(inputs, targets);
    loss += batchLoss * rows.length;
    accuracy += batchAccuracy * rows.length;
    tf.dispose([inputs, targets]);
  }
  return { loss: loss / order.length, accuracy: accuracy / order.length };
}

function smoothed(labels) {
  return tf.tidy(() =>
    tf
      .oneHot(tf.tensor1d(labels, 'int32'), classes)
      .mul(1 - LABEL_SMOOTHING)
      .add(LABEL_SMOOTHING / classes),
  );
}

async function accuracyOn(dataset) {
  const { size } = dataset.info;
  let correct = 0;
  for (let start = 0; start < size; start += 100) {
    const { inputs, labels } = await dataset.read(start, Math.min(size, start + 100));
    const predicted = tf.tidy(() => model.predict(tf.tensor(inputs.data, inputs.shape)).argMax(1).dataSync());
    correct += labels.filter((label, row) => label === predicted[row]).length;
  }
  return correct / size;
}

function rounded(value) {
  return Number(value.toFixed(6));
}
