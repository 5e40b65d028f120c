/** Images: a VGG-7 at 224 × 224, where everything but the forward pass is to cost next to nothing. */
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEngine } from '@xaigrid/engine';
import { explainer } from '@xaigrid/explainers';
import { readModel } from '@xaigrid/graph';
import { metric } from '@xaigrid/metrics';
import { argmaxRows, rowsOf } from '@xaigrid/tensor';
import { bestSeconds, report } from './timing.mjs';
import { modelFiles, uniform, vgg7 } from './vgg7.mjs';

const IMAGES = 16;
const ROUNDS = 4;
const LAYER = 'conv2d_3';

const folder = await mkdtemp(join(tmpdir(), 'xaigrid-bench-'));
const { name, paths } = await vgg7(folder);
const model = await readModel({ files: await modelFiles(paths), name });
await rm(folder, { recursive: true, force: true });

const draw = uniform(1);
const inputs = { shape: [IMAGES, 224, 224, 3], data: Float32Array.from({ length: IMAGES * 224 * 224 * 3 }, draw) };
const cores = Math.min(2, cpus().length);
const engines = await Promise.all(
  Array.from({ length: cores }, () => createEngine({ model, name: 'onnxruntime', threads: 1, isolate: true })),
);
const [alone] = engines;
const onAll = (work) => () => Promise.all(engines.map(work));
const predictions = await alone.predict(inputs);
const classes = argmaxRows(predictions);
console.log(`\nImages: ${name}, ${cores} isolated engines of one thread, batches of ${alone.batchSize}, ${alone.version}`);

/** Plain predictions of so many rows on one engine: the floor. */
async function forward(engine, rows) {
  for (let done = 0; done < rows; done += IMAGES) await engine.predict(rowsOf(inputs, 0, Math.min(IMAGES, rows - done)));
}

const floor = await bestSeconds({ forward: onAll((engine) => forward(engine, IMAGES)) }, ROUNDS);
report(`forward pass, all cores, an image`, { value: (1000 * floor.forward) / (IMAGES * cores), unit: 'ms' });

const onGradient = await bestSeconds(
  {
    forward: onAll((engine) => forward(engine, 24)),
    gradient: onAll((engine) => engine.gradient({ inputs: rowsOf(inputs, 0, 8), classes: classes.slice(0, 8), wrt: 'input' })),
  },
  ROUNDS,
);
report('forward + input gradient over forward', { value: (3 * onGradient.gradient) / onGradient.forward, target: ['<=', 3.2] });

const sise = explainer('sise');
const params = sise.params.parse({ layers: [LAYER] });
const prepared = await Promise.all(engines.map((engine) => sise.prepare({ engine, params, filePaths: [], seed: 0 })));
const pair = (index) => ({
  inputs: rowsOf(inputs, 2 * index, 2 * index + 2),
  classes: classes.slice(2 * index, 2 * index + 2),
  sampleIndices: Int32Array.of(2 * index, 2 * index + 1),
});
const passes = await Promise.all(
  prepared.map(async (one, index) => {
    const { diagnostics } = await one.explain(pair(index));
    // One gradient a sample counts as one pass.
    return diagnostics.keptFeatureMaps.reduce((sum, count) => sum + count, 2);
  }),
);
const onSise = await bestSeconds(
  {
    forward: onAll((engine, index) => forward(engine, passes[index])),
    sise: onAll((_, index) => prepared[index].explain(pair(index))),
  },
  ROUNDS,
);
report(`SISE over as many forward passes (${passes.join(' + ')}, one gradient a sample as one)`, {
  value: onSise.sise / onSise.forward,
  target: ['<=', 1.1],
});

const dropIncrease = metric('drop-increase');
const keepFractions = Array.from({ length: 19 }, (_, index) => (index + 1) / 20);
async function sweep(engine, maps) {
  const settings = dropIncrease.settings(dropIncrease.params.parse({ keepFractions }), engine.model);
  const two = { inputs: rowsOf(inputs, 0, 2), predictions: rowsOf(predictions, 0, 2), classes: classes.slice(0, 2) };
  await dropIncrease.score({ engine, maps, settings, ...two });
}
const maps = (shape) => ({ shape, data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, draw) });
const [perPixel, perValue] = [maps([2, 224, 224]), maps([2, 224, 224, 3])];
const onSweep = await bestSeconds(
  {
    forward: onAll((engine) => forward(engine, 38)),
    perPixel: onAll((engine) => sweep(engine, perPixel)),
    perValue: onAll((engine) => sweep(engine, perValue)),
  },
  ROUNDS,
);
report('19 keep fractions over 19 forward passes, maps per pixel', {
  value: onSweep.perPixel / onSweep.forward,
  target: ['<=', 1.15],
});
report('19 keep fractions over 19 forward passes, maps per value', {
  value: onSweep.perValue / onSweep.forward,
  target: ['<=', 1.15],
});

if (cores > 1) {
  // The part workers has the same with processes of their own.
  const wide = await createEngine({ model, name: 'onnxruntime', threads: 2, isolate: true });
  const times = await bestSeconds(
    {
      one: () => forward(alone, IMAGES),
      two: onAll((engine) => forward(engine, IMAGES)),
      wide: () => forward(wide, IMAGES),
    },
    ROUNDS,
  );
  report('forward passes/s, 2 engines of one thread over 1', { value: (2 * times.one) / times.two });
  report('forward passes/s, 1 engine of two threads over 1 of one', { value: times.one / times.wide });
  await wide.close();
}
await Promise.all(prepared.map((one) => one.close()));
await Promise.all(engines.map((engine) => engine.close()));
