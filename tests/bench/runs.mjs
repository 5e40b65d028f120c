/** Whole runs through the command line: services, queue, Postgres and decoding included. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEngine } from '@xaigrid/engine';
import { readModel } from '@xaigrid/graph';
import { rowsOf } from '@xaigrid/tensor';
import { bestSeconds, report } from './timing.mjs';
import { modelFiles, uniform, vgg7, writeImages } from './vgg7.mjs';
import { root, xaigrid } from './whole-run.mjs';

/** As many as the report's test set has. */
const IMAGES = 496;
const MEMORY = ['<=', 1536];

const folder = await mkdtemp(join(tmpdir(), 'xaigrid-bench-'));
try {
  await images();
  await demo();
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function images() {
  const { name, paths } = await vgg7(folder);
  const inputs = process.env.REPORT_INPUTS ?? '';
  const tiles = inputs === '' ? join(folder, 'images') : join(inputs, 'hmt-test');
  if (inputs === '') await writeImages(tiles, IMAGES);
  console.log(`\nWhole runs: ${name}, ${inputs === '' ? 'generated images' : 'the HMT images'}, both stages in one process`);
  const store = ['--store', join(folder, 'store')];
  const spec = (explainer) => writeSpec({ tiles, model: paths[0], explainer });
  const sise = await spec({ method: 'sise', layers: ['conv2d_3'] });

  // Sets up the database; then the difference of two runs is what 28 more samples cost, wherever a run's fixed cost lies.
  await xaigrid('run', sise, '--limit', '4', ...store);
  const passes = await forwardPasses(paths, name);
  const before = await passes(300);
  const small = await xaigrid('run', sise, '--limit', '8', ...store);
  const large = await xaigrid('run', sise, '--limit', '40', ...store);
  const after = await passes(300);
  await passes.close();
  await xaigrid('export', 'latest', join(folder, 'exported'), ...store);
  const masks = await keptFeatureMaps(join(folder, 'exported/maps'));
  // Each sample: its masks, one gradient, one masked prediction. The small run drew the maps of samples 4 … 7 only.
  const cost = (from, to) => masks.slice(from, to).reduce((sum, count) => sum + count + 2, 0);
  const rows = cost(8, 40) - cost(4, 8);
  report(`SISE and its score from image file to database, 28 samples, over ${rows} forward passes`, {
    value: (large.seconds - small.seconds) / ((rows * Math.min(before, after)) / 300),
    target: ['<=', 1.1],
  });
  report('peak memory of the process', { value: large.peakMiB, unit: 'MiB', target: MEMORY });

  const gradients = await spec({ method: 'shap-gradient', draws: 4, background: { dataset: 'images', size: IMAGES } });
  const shap = await xaigrid('run', gradients, '--limit', '16', ...store);
  report(`peak memory with Gradient SHAP and ${IMAGES} references`, { value: shap.peakMiB, unit: 'MiB', target: MEMORY });
}

async function writeSpec({ tiles, model, explainer }) {
  const path = join(folder, `${explainer.method}.json`);
  const spec = {
    name: 'bench',
    seed: 0,
    datasets: { images: { kind: 'image-folder', path: tiles, size: [224, 224] } },
    models: { vgg7: { path: model } },
    evaluations: [
      {
        dataset: 'images',
        model: 'vgg7',
        explainers: [explainer],
        metrics: [{ metric: 'drop-increase', keepFractions: [0.9] }],
      },
    ],
  };
  await writeFile(path, JSON.stringify(spec));
  return path;
}

/** Best seconds of so many plain predictions on all cores. */
async function forwardPasses(paths, name) {
  const model = await readModel({ files: await modelFiles(paths), name });
  const engines = await Promise.all(
    Array.from({ length: cpus().length }, () => createEngine({ model, name: 'onnxruntime', threads: 1, isolate: true })),
  );
  const inputs = { shape: [10, 224, 224, 3], data: Float32Array.from({ length: 10 * 224 * 224 * 3 }, uniform(1)) };
  const passes = async (rows) => {
    const share = rows / engines.length;
    const work = (engine) => async () => {
      for (let done = 0; done < share; done += 10) await engine.predict(rowsOf(inputs, 0, Math.min(10, share - done)));
    };
    const { forward } = await bestSeconds({ forward: () => Promise.all(engines.map((engine) => work(engine)())) }, 2);
    return forward;
  };
  return Object.assign(passes, { close: () => Promise.all(engines.map((engine) => engine.close())) });
}

/** The diagnostic of every sample, from an export's CSV. */
async function keptFeatureMaps(maps) {
  const file = (await readdir(maps)).find((name) => name.endsWith('.csv'));
  const [header, ...lines] = (await readFile(join(maps, file), 'utf8')).trim().split('\n');
  const column = header.split(',').findIndex((name) => name.includes('keptFeatureMaps'));
  return lines.map((line) => Number(line.split(',')[column]));
}

async function demo() {
  const { seconds, peakMiB } = await xaigrid('run', join(root, 'examples/demo.yaml'), '--store', join(folder, 'demo-store'));
  console.log('\nThe demo, set-up of its database included');
  report('seconds', { value: seconds, unit: 's', target: ['<=', 60] });
  report('peak memory of the process', { value: peakMiB, unit: 'MiB', target: MEMORY });
}
