/**
 * The same methods by the libraries that people know them from: the same models, samples, classes and settings, one thread each, taking
 * turns. Processor time counts, which depends less on what else runs.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createEngine } from '@xaigrid/engine';
import { explainer } from '@xaigrid/explainers';
import { readModel } from '@xaigrid/graph';
import { rowsOf } from '@xaigrid/tensor';
import { pythonProcess, run } from '../support/python.ts';
import { libraries } from './libraries.mjs';
import { report } from './timing.mjs';
import { modelFiles, uniform } from './vgg7.mjs';

const REFERENCES = 10;
/** How many rows Captum runs at once where that is a setting. */
const ROWS = 16;

/** The pixels or values of a feature along each axis, and what takes too long for a large model. */
const models = {
  signals: { samples: 64, side: 5, rounds: 5, convolutional: true, plain: true },
  vgg7: { samples: 4, side: 56, rounds: 3, convolutional: true, plain: true },
  resnet50: { samples: 2, side: 56, rounds: 2, convolutional: true, plain: false },
  vit: { samples: 2, side: 56, rounds: 2, convolutional: false, plain: false },
};

/** Each method as its library calls it, and as xaigrid does. */
function casesOf([model, { samples, side, rounds, convolutional, plain }]) {
  const axes = model === 'signals' ? 1 : 2;
  const cell = Array(axes).fill(side);
  const captum = (method, name, params = {}, options = {}) => ['captum', method, options, name, params];
  const cam = (method, name, options = {}) => ['pytorch-grad-cam', method, options, name, {}];
  const at = { perturbations_per_eval: ROWS };
  return [
    captum('Saliency', 'gradient', {}, { abs: false }),
    captum('InputXGradient', 'input-x-gradient'),
    captum('IntegratedGradients', 'integrated-gradients', { steps: 50 }, { n_steps: 50, internal_batch_size: ROWS }),
    captum('SmoothGrad', 'smooth-grad', { draws: 20 }, { nt_samples: 20, nt_samples_batch_size: 8 }),
    captum('GradientShap', 'shap-gradient', { draws: 20 }, { n_samples: 20 }),
    captum('Occlusion', 'occlusion', { window: cell }, { window: side, ...at }),
    captum('FeatureAblation', 'feature-ablation', { cell }, { cells: side, ...at }),
    captum('ShapleyValueSampling', 'shapley-value-sampling', { draws: 4, cell }, { cells: side, n_samples: 4, ...at }),
    captum('KernelShap', 'shap-kernel', { coalitions: 64, cell }, { cells: side, n_samples: 64, ...at }),
    captum('Lime', 'lime', { draws: 64, cell }, { cells: side, n_samples: 64, ...at }),
    ...(convolutional ? [captum('LayerGradCam', 'grad-cam')] : []),
    ...(convolutional && axes === 2
      ? [
          cam('GradCAM', 'grad-cam'),
          cam('GradCAMPlusPlus', 'grad-cam-plus-plus'),
          cam('LayerCAM', 'layer-cam'),
          cam('EigenCAM', 'eigen-cam'),
          ['zennit', 'EpsilonPlus', {}, 'lrp', { composite: 'epsilon-plus' }],
        ]
      : []),
    // Captum and shap refuse a ReLU that is used twice, as in a ResNet. Masks of 2048 feature maps take minutes.
    ...(plain
      ? [
          captum('GuidedBackprop', 'guided-backpropagation'),
          captum('DeepLift', 'deep-lift'),
          ['shap', 'DeepExplainer', { references: REFERENCES }, 'shap-deep', {}],
        ]
      : []),
    ...(plain && axes === 2 ? [cam('ScoreCAM', 'score-cam', { batch_size: ROWS }), cam('AblationCAM', 'ablation-cam')] : []),
  ].map(([library, method, options, name, params]) => ({
    ...{ library, method, options, name, params },
    model,
    samples,
    rounds,
  }));
}

const python = await libraries();
const script = fileURLToPath(new URL('methods/times.py', import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'xaigrid-bench-'));
try {
  await run(python, [script, 'models', folder], { quiet: true });
  for (const [name, settings] of Object.entries(models)) {
    const opened = await opening(name, settings);
    const library = libraryIn(folder);
    try {
      console.log(`\n${name}, ${opened.inputs.shape[0]} samples, one thread each`);
      for (const one of casesOf([name, settings])) await compare(one, opened, library);
    } finally {
      await library.end();
      await opened.engine.close();
    }
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** An engine for the model, with samples, which the other side reads too. */
async function opening(name, { samples }) {
  const model = await readModel({ files: await modelFiles([join(folder, `${name}.onnx`)]), name });
  const engine = await createEngine({ model, name: 'onnxruntime', threads: 1 });
  const shape = [samples, ...engine.model.inputShape];
  const draw = uniform(1);
  const inputs = { shape, data: Float32Array.from({ length: shape.reduce((size, extent) => size * extent, 1) }, draw) };
  await writeFile(join(folder, `${name}-inputs.bin`), inputs.data);
  const outputs = await engine.predict(inputs);
  const classes = Int32Array.from({ length: samples }, (_, at) => {
    const row = rowsOf(outputs, at, at + 1).data;
    return row.indexOf(Math.max(...row));
  });
  const background = {
    size: REFERENCES,
    load: () =>
      Promise.resolve({
        shape: [REFERENCES, ...engine.model.inputShape],
        data: new Float32Array((inputs.data.length / samples) * REFERENCES),
      }),
  };
  return { engine, inputs, classes, background };
}

/** The other side, which answers one case at a time. */
function libraryIn(from) {
  const child = spawn(python, [script, 'serve', from], { env: pythonProcess, stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (said = (said + text).slice(-2000)));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async seconds({ library, method, options, model, samples }) {
      child.stdin.write(`${JSON.stringify({ library, method, options, model, samples })}\n`);
      for (;;) {
        const { value, done } = await lines.next();
        if (done) throw new Error(`${library}'s ${method} ended: ${said}`);
        // The libraries print progress of their own.
        if (value.startsWith('{"seconds"')) return JSON.parse(value).seconds;
      }
    },
    async end() {
      child.stdin.end();
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}

async function compare(one, { engine, inputs, classes, background }, library) {
  const method = explainer(one.name);
  // The libraries differentiate logits.
  const target = one.name === 'eigen-cam' ? {} : { target: 'logit' };
  const params = method.params.parse(method.plannedParams(method.params.parse({ ...one.params, ...target }), engine.model));
  const prepared = await method.prepare({
    engine,
    params,
    filePaths: [],
    seed: 0,
    ...(method.usesBackground ? { background } : {}),
  });
  const step = method.samplesPerCall(engine, params);
  let ours = Infinity;
  let theirs = Infinity;
  try {
    // The first round makes sessions.
    for (let round = 0; round <= one.rounds; round += 1) {
      const started = process.cpuUsage();
      for (let from = 0; from < one.samples; from += step) {
        const to = Math.min(one.samples, from + step);
        await prepared.explain({
          ...{ inputs: rowsOf(inputs, from, to), classes: classes.slice(from, to) },
          sampleIndices: Int32Array.from({ length: to - from }, (_, at) => from + at),
        });
      }
      const { user, system } = process.cpuUsage(started);
      const seconds = (user + system) / 1e6;
      const other = await library.seconds(one);
      if (round === 0) continue;
      ours = Math.min(ours, seconds);
      theirs = Math.min(theirs, other);
    }
  } finally {
    await prepared.close();
  }
  report(`${one.name}: ${one.library}'s ${one.method} / ours`, { value: theirs / ours, target: ['>=', 2] });
}
