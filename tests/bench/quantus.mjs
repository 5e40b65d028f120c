/**
 * The same metrics by Quantus: the same models, maps, samples and settings, one thread each.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createEngine } from '@xaigrid/engine';
import { explainer } from '@xaigrid/explainers';
import { readModel } from '@xaigrid/graph';
import { metric } from '@xaigrid/metrics';
import { rowsOf } from '@xaigrid/tensor';
import { run } from '../support/python.ts';
import { libraries } from './libraries.mjs';
import { report } from './timing.mjs';
import { modelFiles, uniform } from './vgg7.mjs';

const ROUNDS = 3;
const quantus = { definition: 'quantus' };

const cases = [
  ...casesOf('lenet', { samples: 32, step: 28, patch: 4, draws: 10, subsets: 100, size: 224, percentages: 50 }),
  ...casesOf('resnet50', { samples: 2, step: 6272, patch: 56, draws: 5, subsets: 16, size: 5000, percentages: 10 }),
];

/** Each metric as Quantus calls it, and as xaigrid does. */
function casesOf(model, { samples, step, patch, draws, subsets, size, percentages }) {
  const colour = model === 'resnet50';
  const percents = Array.from({ length: percentages }, (_, at) => Math.round((at * 100) / percentages) + 1);
  return [
    ['FaithfulnessCorrelation', { nr_runs: subsets, subset_size: size }, 'faithfulness-correlation', { subsets, size }],
    ['FaithfulnessEstimate', { features_in_step: step }, 'faithfulness-estimate', { step }],
    ['PixelFlipping', { features_in_step: step }, 'pixel-flipping', { perStep: step }],
    ['Selectivity', { patch_size: patch }, 'selectivity', { patch }],
    ['RegionPerturbation', { patch_size: patch, regions_evaluation: 16 }, 'region-perturbation', { patch, regions: 16 }],
    ['Infidelity', { perturb_patch_sizes: [patch], n_perturb_samples: 1 }, 'infidelity', { side: patch }],
    // IROF and ROAD of Quantus fail on several channels; a hundred draws a step take minutes.
    ...(colour
      ? []
      : [
          ['MonotonicityCorrelation', { nr_samples: draws, features_in_step: step }, 'monotonicity-correlation', { draws, step }],
          ['IROF', {}, 'irof', {}],
          ['ROAD', { percentages: percents }, 'road', { fractions: percents.map((percent) => percent / 100) }],
        ]),
    ['MaxSensitivity', { nr_samples: draws }, 'max-sensitivity', { perturbations: draws }],
    ['AvgSensitivity', { nr_samples: draws }, 'average-sensitivity', { perturbations: draws }],
    ['LocalLipschitzEstimate', { nr_samples: draws }, 'local-lipschitz-estimate', { perturbations: draws }],
    ['RelativeInputStability', { nr_samples: draws }, 'relative-input-stability', { perturbations: draws }],
    ['RelativeOutputStability', { nr_samples: draws }, 'relative-output-stability', { perturbations: draws }],
  ].map(([theirs, options, name, params]) => ({
    ...{ model, samples, metric: theirs, options, name, params: { ...quantus, ...params } },
    explains: metric(name).drawsAgain !== undefined,
    // The first round makes the sessions.
    rounds: colour ? 2 : ROUNDS,
  }));
}

const here = fileURLToPath(new URL('quantus/', import.meta.url));
const python = await libraries();
const folder = await mkdtemp(join(tmpdir(), 'xaigrid-bench-'));
try {
  await run(python, [join(here, 'times.py'), 'models', folder], { quiet: true });
  const opened = new Map();
  for (const name of ['lenet', 'resnet50']) opened.set(name, await opening(name));
  await writeFile(join(folder, 'cases.json'), JSON.stringify(cases));
  const ours = [];
  for (const one of cases) ours.push(await scored(one, opened.get(one.model)));
  await run(python, [join(here, 'times.py'), 'score', folder], { quiet: true });
  const theirs = JSON.parse(await readFile(join(folder, 'quantus.json'), 'utf8'));
  for (const [at, { model, samples, metric: name, explains }] of cases.entries()) {
    const own = ours[at];
    const other = theirs[at];
    if (at === 0 || cases[at - 1].model !== model) {
      console.log(
        `\n${model}, ${samples} samples, one thread; forward pass of PyTorch / ours: ${(other.forward / own.forward).toFixed(2)}`,
      );
    }
    report(`${name}: ours over its passes`, { value: own.seconds / own.passes, target: ['<=', name === 'ROAD' ? 1.5 : 1.1] });
    if (!explains) report(`${name}: Quantus over its passes`, { value: other.seconds / (other.rows * samples * other.forward) });
    report(`${name}: Quantus / ours`, { value: other.seconds / own.seconds, target: ['>=', model === 'lenet' ? 3 : 1.5] });
  }
  for (const { engine } of opened.values()) await engine.close();
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** An engine for the model, with samples and maps, which the other side reads too. */
async function opening(name) {
  const model = await readModel({ files: await modelFiles([join(folder, `${name}.onnx`)]), name });
  const engine = await createEngine({ model, name: 'onnxruntime', threads: 1 });
  const { inputShape } = engine.model;
  const samples = cases.find((one) => one.model === name).samples;
  const draw = uniform(1);
  const size = inputShape.reduce((product, extent) => product * extent, 1);
  const inputs = { shape: [samples, ...inputShape], data: Float32Array.from({ length: samples * size }, draw) };
  const positions = inputShape.slice(0, -1);
  const maps = {
    shape: [samples, ...positions],
    data: Float32Array.from({ length: inputs.data.length / inputShape.at(-1) }, draw),
  };
  await writeFile(join(folder, `${name}-inputs.bin`), inputs.data);
  await writeFile(join(folder, `${name}-maps.bin`), maps.data);
  const classes = new Int32Array(samples);
  const sampleIndices = Int32Array.from(classes.keys());
  const method = explainer('gradient');
  const prepared = await method.prepare({ engine, params: method.params.parse({}), filePaths: [], seed: 0 });
  const draws = async (wanted) => (await prepared.explain(wanted)).maps;
  const request = {
    ...{ engine, inputs, maps, classes, sampleIndices, seed: 0, predictions: await engine.predict(inputs) },
    redrawing: {
      draw: draws,
      onVariant: () => Promise.reject(new Error('No metric here asks for a variant.')),
      explainedClasses: classes,
    },
  };
  // Of whole batches, a row: what an engine can do at best.
  const rows = name === 'lenet' ? engine.batchSize * Math.ceil(512 / engine.batchSize) : 4;
  const many = {
    shape: [rows, ...inputShape],
    data: Float32Array.from({ length: rows * size }, (_, at) => inputs.data[at % inputs.data.length]),
  };
  const turns = name === 'lenet' ? 20 : 2;
  const once = {
    forward: (await best(turns, () => engine.predict(many))) / rows,
    gradient: (await best(turns, () => engine.gradient({ inputs: many, classes: new Int32Array(rows), wrt: 'input' }))) / rows,
  };
  return { engine, request, once, gradientMaps: await draws({ inputs, classes, sampleIndices }) };
}

/** The best seconds of a case, those of its passes alone, and those of one forward pass. */
async function scored({ name, params, samples, rounds, explains }, { engine, request, gradientMaps, once }) {
  const scorer = metric(name);
  const settings = scorer.settings(scorer.params.parse(params), engine.model);
  const own = { ...request, settings, ...(explains ? { maps: gradientMaps } : {}) };
  const step = scorer.samplesPerCall(engine, settings.length);
  const seconds = await best(rounds, async () => {
    for (let from = 0; from < samples; from += step) {
      const to = Math.min(samples, from + step);
      await scorer.score({
        ...own,
        ...Object.fromEntries(['inputs', 'maps', 'predictions'].map((key) => [key, rowsOf(own[key], from, to)])),
        ...Object.fromEntries(['classes', 'sampleIndices'].map((key) => [key, own[key].slice(from, to)])),
        redrawing: { ...own.redrawing, explainedClasses: own.redrawing.explainedClasses.slice(from, to) },
      });
    }
  });
  const { forward, gradient } = scorer.passes(settings, engine.model);
  const passes = samples * (forward * once.forward + (gradient + (scorer.drawsAgain?.(settings) ?? 0)) * once.gradient);
  return { seconds, passes, forward: once.forward };
}

/** The shortest of several turns, in seconds. */
async function best(rounds, work) {
  let shortest = Infinity;
  for (let round = 0; round < rounds; round += 1) {
    const started = performance.now();
    await work();
    shortest = Math.min(shortest, (performance.now() - started) / 1000);
  }
  return shortest;
}
