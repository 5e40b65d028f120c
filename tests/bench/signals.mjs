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

const root = fileURLToPath(new URL('../..', import.meta.url));
const threads = Math.min(2, cpus().length);
const say = (line) => console.log(line);

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

/** Wall-clock seconds of work done on all engines at once, the best of `repeats` after one warm-up. */
async function seconds(work, repeats = 3) {
  let best = Infinity;
  for (let repeat = 0; repeat <= repeats; repeat += 1) {
    const started = performance.now();
    await Promise.all(engines.map((engine, index) => work(engine, index)));
    if (repeat > 0) best = Math.min(best, (performance.now() - started) / 1000);
  }
  return best;
}

const parts = engines.map((_, index) => [
  Math.floor((index * 1000) / engines.length),
  Math.floor(((index + 1) * 1000) / engines.length),
]);
const indices = (from, to) => Int32Array.from({ length: to - from }, (_, row) => from + row);

async function explainAll(method, params, background) {
  const entry = explainer(method);
  const parsed = entry.params.parse(params);
  const prepared = await Promise.all(
    engines.map((engine) =>
      entry.prepare({
        engine,
        params: parsed,
        filePaths: [],
        seed: 0,
        ...(background === undefined
          ? {}
          : { background: { size: background.shape[0], load: () => Promise.resolve(background) } }),
      }),
    ),
  );
  const time = await seconds(async (engine, index) => {
    const [from, to] = parts[index];
    const step = entry.samplesPerCall(engine, parsed);
    for (let start = from; start < to; start += step) {
      const end = Math.min(to, start + step);
      const samples = rowsOf(inputs, start, end);
      await prepared[index].explain({ inputs: samples, classes: classes.slice(start, end), sampleIndices: indices(start, end) });
    }
  }, 2);
  await Promise.all(prepared.map((one) => one.close()));
  return time;
}

/** Plain predictions of that many rows, spread over the engines. */
const plainPredictions = (rows) =>
  seconds(async (engine) => {
    for (let done = 0; done < rows / engines.length; done += 1000)
      await engine.predict(rowsOf(inputs, 0, Math.min(1000, rows / engines.length - done)));
  });
const plainGradients = (rows) =>
  seconds(async (engine) => {
    for (let done = 0; done < rows / engines.length; done += 1000) {
      const count = Math.min(1000, rows / engines.length - done);
      await engine.gradient({ inputs: rowsOf(inputs, 0, count), classes: classes.slice(0, count), wrt: 'input' });
    }
  });

const classes = argmaxRows(await engines[0].predict(inputs));
say(`${threads} engines of one thread, ${engines[0].version}, Node ${process.version}`);

const [layer] = engines[0].model.saliencyLayers;
const [{ gradient }] = await engines[0].gradient({ inputs, classes, wrt: [layer], reduce: 'positions' });
const channels = gradient.shape[1];
let masked = 0;
for (let sample = 0; sample < 1000; sample += 1) {
  const row = gradient.data.subarray(sample * channels, (sample + 1) * channels);
  const most = Math.max(...row);
  if (most > 0) masked += row.filter((value) => value > 0).length;
}
const sise = await explainAll('sise', {});
const siseFloor = (await plainPredictions(masked)) + (await plainGradients(1000));
say(
  `SISE, 1000 samples, ${masked} masked passes: ${sise.toFixed(2)} s; plain predictions and gradients of as many rows: ${siseFloor.toFixed(2)} s; ratio ${(sise / siseFloor).toFixed(2)}`,
);

const deep = await explainAll('shap-deep', {}, inputs);
const deepFloor = (await plainGradients(100_000)) * 10;
say(
  `Deep SHAP, 1000 samples x 1000 references: ${deep.toFixed(2)} s; plain gradients of 1,000,000 rows: ${deepFloor.toFixed(2)} s; ratio ${(deep / deepFloor).toFixed(2)}`,
);

const dropIncrease = metric('drop-increase');
const settings = dropIncrease.settings(
  dropIncrease.params.parse({ keepFractions: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9] }),
  engines[0].model,
);
const maps = { shape: [1000, 40], data: Float32Array.from({ length: 40_000 }, (_, index) => Math.sin(index * 1.7)) };
const predictions = await engines[0].predict(inputs);
const scored = await seconds(async (engine, index) => {
  const [from, to] = parts[index];
  await dropIncrease.score({
    engine,
    inputs: rowsOf(inputs, from, to),
    maps: rowsOf(maps, from, to),
    predictions: rowsOf(predictions, from, to),
    classes: classes.slice(from, to),
    settings,
  });
}, 10);
const scoredFloor = await plainPredictions(9000);
say(
  `9 keep fractions, 1000 samples: ${scored.toFixed(3)} s; plain predictions of 9000 rows: ${scoredFloor.toFixed(3)} s; ratio ${(scored / scoredFloor).toFixed(2)}`,
);
await Promise.all(engines.map((engine) => engine.close()));
