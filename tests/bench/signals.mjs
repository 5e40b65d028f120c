/** Signals: the demo's 1-D classifier, where a forward pass is microseconds and everything around it counts. */
import { readFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { datasetKind } from '@xaigrid/datasets';
import { createEngine } from '@xaigrid/engine';
import { explainer } from '@xaigrid/explainers';
import { readModel } from '@xaigrid/graph';
import { metric } from '@xaigrid/metrics';
import { argmaxRows, rowsOf } from '@xaigrid/tensor';
import { bestSeconds, report } from './timing.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const threads = Math.min(2, cpus().length);
const ROUNDS = 3;

const folder = join(root, 'models/mnist1d-cnn');
const files = await Promise.all(
  ['model.json', 'weights.bin'].map(async (name) => ({ name, bytes: new Uint8Array(await readFile(join(folder, name))) })),
);
const model = await readModel({ files, name: 'mnist1d-cnn' });
const kind = datasetKind('mnist1d');
const dataset = await kind.open({
  params: kind.params.parse({ split: 'test' }),
  files: [],
  filePath: () => Promise.reject(new Error('no files')),
});
const { inputs } = await dataset.read(0, 1000);

// As the services do it: one isolated single-threaded engine a core, each with its part of the samples.
const engines = await Promise.all(
  Array.from({ length: threads }, () => createEngine({ model, name: 'onnxruntime', threads: 1, isolate: true })),
);

/** Work done on all engines at once. */
const onAll = (work) => () => Promise.all(engines.map(work));

const parts = engines.map((_, index) => [
  Math.floor((index * 1000) / engines.length),
  Math.floor(((index + 1) * 1000) / engines.length),
]);
const indices = (from, to) => Int32Array.from({ length: to - from }, (_, row) => from + row);

/** Draws the maps of all samples; the background is that of the methods that have one. */
async function explainAll(method, background) {
  const entry = explainer(method);
  const params = entry.params.parse({});
  const references = background && { size: background.shape[0], load: () => Promise.resolve(background) };
  const prepared = await Promise.all(
    engines.map((engine) =>
      entry.prepare({ engine, params, filePaths: [], seed: 0, ...(references && { background: references }) }),
    ),
  );
  const work = onAll(async (engine, index) => {
    const [from, to] = parts[index];
    const step = entry.samplesPerCall(engine, params);
    for (let start = from; start < to; start += step) {
      const end = Math.min(to, start + step);
      const samples = rowsOf(inputs, start, end);
      await prepared[index].explain({ inputs: samples, classes: classes.slice(start, end), sampleIndices: indices(start, end) });
    }
  });
  return Object.assign(work, { close: () => Promise.all(prepared.map((one) => one.close())) });
}

/** Plain calls of that many rows, spread over the engines, a thousand at a time. */
const plain = (rows, call) =>
  onAll(async (engine) => {
    const share = Math.ceil(rows / engines.length);
    for (let done = 0; done < share; done += 1000) await call(engine, Math.min(1000, share - done));
  });
const plainPredictions = (rows) => plain(rows, (engine, count) => engine.predict(rowsOf(inputs, 0, count)));
const plainGradients = (rows) =>
  plain(rows, (engine, count) =>
    engine.gradient({ inputs: rowsOf(inputs, 0, count), classes: classes.slice(0, count), wrt: 'input' }),
  );

const predictions = await engines[0].predict(inputs);
const classes = argmaxRows(predictions);
console.log(`\nSignals: MNIST-1D, ${threads} isolated engines of one thread, ${engines[0].version}, Node ${process.version}`);

const [layer] = engines[0].model.saliencyLayers;
const [{ gradient }] = await engines[0].gradient({ inputs, classes, wrt: [layer], reduce: 'positions' });
const masked = gradient.data.filter((value) => value > 0).length;
const sise = await explainAll('sise');
const predict = plainPredictions(masked);
const differentiate = plainGradients(1000);
const onSise = await bestSeconds({ plain: async () => void (await predict(), await differentiate()), sise }, 2 * ROUNDS);
report(`SISE, 1000 samples, ${masked} masked passes`, { value: onSise.sise, unit: 's', target: ['<=', 2] });
report('  over as many plain predictions and 1000 gradients', { value: onSise.sise / onSise.plain });
await sise.close();

const deep = await explainAll('shap-deep', inputs);
const onDeep = await bestSeconds({ plain: plainGradients(100_000), deep }, 1);
report('Deep SHAP, 1000 samples × 1000 references', { value: onDeep.deep, unit: 's', target: ['<=', 15] });
report('  over 1,000,000 plain gradients, of which a tenth is measured', { value: onDeep.deep / (10 * onDeep.plain) });
await deep.close();

const dropIncrease = metric('drop-increase');
const keepFractions = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
const settings = dropIncrease.settings(dropIncrease.params.parse({ keepFractions }), engines[0].model);
const maps = { shape: [1000, 40], data: Float32Array.from({ length: 40_000 }, (_, index) => Math.sin(index * 1.7)) };
const scored = onAll(async (engine, index) => {
  const [from, to] = parts[index];
  const rows = { inputs: rowsOf(inputs, from, to), maps: rowsOf(maps, from, to), predictions: rowsOf(predictions, from, to) };
  await dropIncrease.score({ engine, settings, classes: classes.slice(from, to), ...rows });
});
const onScore = await bestSeconds({ plain: plainPredictions(9000), scored }, 10 * ROUNDS);
report('9 keep fractions of 1000 samples over 9000 plain predictions', {
  value: onScore.scored / onScore.plain,
  target: ['<=', 1.3],
});
await Promise.all(engines.map((engine) => engine.close()));
