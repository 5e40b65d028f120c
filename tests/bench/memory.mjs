/** What worker processes hold at most, and that it does not grow with the number of images. */
import { fileURLToPath } from 'node:url';
import { end, openCluster, peakMiB } from './cluster-run.mjs';
import { report } from './timing.mjs';

const SIZES = [50, 5_000, 50_000];
const MEMORY = ['<=', 1536];
const model = fileURLToPath(new URL('../../models/texture-patches-vgg/model.json', import.meta.url));

const cluster = await openCluster();
try {
  console.log(
    '\nMemory: input gradients of texture-patches, 64 × 64 × 3, scored at one keep fraction; an explainer and a metrics worker',
  );
  const peaks = {};
  for (const size of SIZES) {
    const workers = {
      'explainer worker': await cluster.start('xaigrid-explainer-worker', { XAIGRID_THREADS: '2' }),
      'metrics worker': await cluster.start('xaigrid-metrics-worker', { XAIGRID_THREADS: '2' }),
    };
    const run = await cluster.submit({
      name: 'bench',
      datasets: { patches: { kind: 'texture-patches', split: 'test', size } },
      models: { vgg: { path: model } },
      evaluations: [
        {
          ...{ dataset: 'patches', model: 'vgg' },
          explainers: [{ method: 'gradient', channels: 'sum-absolute' }],
          metrics: [{ metric: 'drop-increase', keepFractions: [0.5] }],
        },
      ],
    });
    const seconds = await cluster.seconds(run, ['planned', 'explained']);
    for (const [name, worker] of Object.entries(workers)) {
      (peaks[name] ??= []).push(await peakMiB(worker));
      report(`${name}, ${size.toLocaleString('en')} images in ${seconds.toFixed(0)} s`, {
        ...{ value: peaks[name].at(-1), unit: 'MiB', target: MEMORY },
      });
    }
    await Promise.all(Object.values(workers).map(end));
  }
  for (const [name, [, medium, large]] of Object.entries(peaks)) {
    // 50 images do not fill what is kept for the next; ten times as many as many thousand must add nothing.
    report(`${name}, 50,000 images over 5,000`, { value: large / medium, target: ['<=', 1.1] });
  }
  report('orchestrator, all three runs', { value: await peakMiB(cluster.orchestrator), unit: 'MiB', target: MEMORY });
} finally {
  await cluster.close();
}
