/** Storing maps: how fast while all cores compute, and how much it slows what is computed. A real Postgres, as in a local run. */
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { newRunId } from '@xaigrid/contracts';
import { createEngine } from '@xaigrid/engine';
import { explainer } from '@xaigrid/explainers';
import { readModel } from '@xaigrid/graph';
import { createStore, startEmbeddedPostgres } from '@xaigrid/store';
import { argmaxRows, rowsOf, sizeOf } from '@xaigrid/tensor';
import { knowsProcessorTime, processorTime, timeTaken } from './processor-time.mjs';
import { bestSeconds, medianRatio, report } from './timing.mjs';
import { modelFiles, uniform, vgg7 } from './vgg7.mjs';

const SHARD = 8;
const MAPS = 400;

const folder = await mkdtemp(join(tmpdir(), 'xaigrid-bench-'));
const cores = Math.min(2, cpus().length);
const { name, paths } = await vgg7(folder);
const model = await readModel({ files: await modelFiles(paths), name });
const server = await startEmbeddedPostgres({ folder: join(folder, 'postgres') });
const store = await createStore({ url: server.url, maxConnections: 5, connectTimeoutMs: 10_000, applicationName: 'bench' });
const engines = await Promise.all(
  Array.from({ length: cores }, () => createEngine({ model, name: 'onnxruntime', threads: 1, isolate: true })),
);
try {
  console.log(`\nStorage: maps of 224 × 224, an embedded Postgres with its defaults (fsync on), ${cores} engines of one thread`);
  await speed([224, 224]);
  await speed([224, 224, 3]);
  await slowdown();
} finally {
  await Promise.all(engines.map((engine) => engine.close()));
  await store.close();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}

/** Megabytes of maps a second, as many shards at a time as a worker has engines, while every engine predicts without a pause. */
async function speed(shape) {
  const samples = uniform(1);
  const image = { shape: [1, 224, 224, 3], data: Float32Array.from({ length: 224 * 224 * 3 }, samples) };
  const size = sizeOf(shape);
  const map = Float32Array.from({ length: size }, samples);
  const megabytes = (MAPS * size * 4) / 1e6;
  let mapSetId;
  const round = async () => {
    const shards = await openShards({ shape, samples: MAPS, shardSize: SHARD });
    const started = performance.now();
    mapSetId = shards[0].mapSetId;
    await Promise.all(
      engines.map(async () => {
        for (let shard = shards.pop(); shard !== undefined; shard = shards.pop())
          await shard.complete(Array.from({ length: SHARD }, () => map));
      }),
    );
    return megabytes / ((performance.now() - started) / 1000);
  };
  const idle = await round();
  let computing = true;
  const computed = engines.map(async (engine) => {
    while (computing) await engine.predict(image);
  });
  const rates = [];
  for (let i = 0; i < 3; i += 1) rates.push(await round());
  computing = false;
  await Promise.all(computed);
  const what = `maps of ${shape.join(' × ')}`;
  report(`${what} written while all cores compute (nobody computing: ${idle.toFixed(0)} MB/s)`, {
    value: Math.max(...rates),
    unit: 'MB/s',
    target: ['>=', 60],
  });
  const { read } = await bestSeconds(
    {
      async read() {
        for (let start = 0; start < MAPS; start += SHARD) await store.maps.read(mapSetId, start, start + SHARD);
      },
    },
    2,
  );
  report(`${what} read, nobody computing`, { value: megabytes / read, unit: 'MB/s' });
}

/** The same samples explained with and without their maps being stored; the next are explained while a commit is under way. */
async function slowdown() {
  const draw = uniform(2);
  const each = 4;
  const inputs = { shape: [each, 224, 224, 3], data: Float32Array.from({ length: each * 224 * 224 * 3 }, draw) };
  const classes = argmaxRows(await engines[0].predict(inputs));
  const methods = [
    ['SISE', 'sise', { layers: ['conv2d_3'] }],
    ['Gradient SHAP of 20 draws', 'shap-gradient', { draws: 20, sampling: 'stratified' }],
    ['one gradient', 'gradient', {}],
  ];
  for (const [label, method, options] of methods) {
    const chosen = explainer(method);
    const params = chosen.params.parse(options);
    const background = { size: each, load: () => Promise.resolve(inputs) };
    const prepared = await Promise.all(
      engines.map((engine) => chosen.prepare({ engine, params, background, filePaths: [], seed: 0 })),
    );
    // As many maps as make the end, where nothing is computed and the last are stored, a small part; in shards as a run has them.
    const [times, shardSize] = method === 'gradient' ? [12, SHARD] : [1, 1];
    const shape = method === 'sise' ? [224, 224] : [224, 224, 3];
    const pairs = method === 'gradient' ? 20 : 6;
    const allShards = await Promise.all(
      Array.from({ length: pairs + 1 }, () => openShards({ shape, samples: engines.length * each * times, shardSize })),
    );
    const explainAll = async (stored) => {
      const shards = stored ? allShards.pop() : [];
      const commits = [];
      await Promise.all(
        prepared.map(async (one) => {
          const drawn = [];
          for (let row = 0; row < each * times; row += 1) {
            const at = row % each;
            const { maps } = await one.explain({
              inputs: rowsOf(inputs, at, at + 1),
              classes: classes.slice(at, at + 1),
              sampleIndices: Int32Array.of(at),
            });
            drawn.push(maps.data);
            if (stored && drawn.length === shardSize) commits.push(shards.pop().complete(drawn.splice(0)));
          }
        }),
      );
      await Promise.all(commits);
    };
    const spent = { true: { machine: 0, engines: 0 }, false: { machine: 0, engines: 0 } };
    const measured = (stored) => async () => {
      const before = knowsProcessorTime ? processorTime() : undefined;
      await explainAll(stored);
      if (before === undefined) return;
      const { machine, engines: own } = timeTaken(before, processorTime(), engines.length);
      spent[stored].machine += machine;
      spent[stored].engines += own;
    };
    const ratio = await medianRatio(measured(true), measured(false), pairs);
    report(`${label}: explained and stored, over explained`, { value: ratio, target: ['<=', 1.03] });
    if (knowsProcessorTime) {
      const share = (stored) => spent[stored].machine / spent[stored].engines;
      report('  the same of processor time, for as much of the engines', {
        value: share(true) / share(false),
        target: ['<=', 1.03],
      });
    }
    await Promise.all(prepared.map((one) => one.close()));
  }
}

async function openShards({ shape, samples, shardSize }) {
  const digits = uniform(performance.now());
  const hash = () => Array.from({ length: 64 }, () => Math.floor(16 * digits()).toString(16)).join('');
  const plan = {
    dataset: {
      name: 'images',
      kind: 'image-folder',
      params: {},
      files: [],
      fingerprint: hash(),
      size: samples,
      sampleShape: [224, 224, 3],
      classNames: ['a'],
    },
    model: { name: 'vgg7', format: 'onnx', files: [{ name: 'vgg7.onnx', sha256: hash(), size: 1 }], fingerprint: hash() },
    engine: 'onnxruntime',
    explainer: { method: 'sise', version: 1, params: {}, files: [] },
    explainedClass: 'predicted',
    seed: 0,
    samples,
    label: 'bench',
    settings: [{ metric: 'drop-increase', version: 1, scoredClass: 'predicted', setting: { keepFraction: 0.9 } }],
  };
  const run = await store.runs.create({
    id: newRunId(),
    name: 'bench',
    specText: '',
    versions: { xaigrid: '0', node: process.version, platform: 'bench' },
    evaluations: [{ plan, measures: [[{ name: 'drop', aggregate: 'mean' }]], shardSize }],
  });
  const [{ mapSetId, predictionSetId }] = await store.runs.evaluations(run.id);
  const shards = await store.shards.page(run.id, { states: ['planned'], afterId: -1, limit: 10_000 });
  return shards.map(({ id, start }) => ({
    mapSetId,
    complete: (maps) =>
      store.shards.completeExplain({
        shardId: id,
        mapSetId,
        mapShape: shape,
        maps: maps.map((data, row) => ({ sampleIndex: start + row, data, degenerate: false, diagnostics: {} })),
        predictionSetId,
        predictions: maps.map((_, row) => ({ sampleIndex: start + row, label: 0, outputs: Float32Array.of(1, 0) })),
        reused: 0,
      }),
  }));
}
