/** Explainer workers as processes of their own, fed by nats-server, storing in Postgres: what a second one is worth. */
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { end, openCluster } from './cluster-run.mjs';
import { report } from './timing.mjs';
import { vgg7, writeImages } from './vgg7.mjs';

const IMAGES = 24;
const ROUNDS = 2;

if (cpus().length < 2) console.log('\nWorkers: left out, they want two cores.');
else await workers();

async function workers() {
  const folder = await mkdtemp(join(tmpdir(), 'xaigrid-bench-'));
  const cluster = await openCluster();
  try {
    const { name, paths } = await vgg7(folder);
    const inputs = process.env.REPORT_INPUTS ?? '';
    const tiles = inputs === '' ? join(folder, 'images') : join(inputs, 'hmt-test');
    if (inputs === '') await writeImages(tiles, IMAGES);
    console.log(`\nWorkers: SISE of ${IMAGES} images by processes of their own, ${name}, nats-server and Postgres beside them`);
    const spec = (seed, limit) => ({
      ...{ name: 'bench', seed, limit, shardSize: 1 },
      datasets: { images: { kind: 'image-folder', path: tiles, size: [224, 224] } },
      models: { vgg7: { path: paths[0] } },
      evaluations: [
        {
          ...{ dataset: 'images', model: 'vgg7' },
          explainers: [{ method: 'sise', layers: ['conv2d_3'] }],
          metrics: [{ metric: 'drop-increase', keepFractions: [0.9] }],
        },
      ],
    });
    let seed = 0;
    // Another seed is another map key: nothing that an earlier run stored is found again.
    const explain = async (limit) => {
      const run = await cluster.submit(spec((seed += 1), limit));
      const seconds = await cluster.seconds(run, ['planned']);
      await cluster.cancel(run);
      return limit / seconds;
    };
    /** Images a second, after a run that loads and compiles what is needed. */
    const speed = async (threads) => {
      const started = await Promise.all(
        threads.map((count) => cluster.start('xaigrid-explainer-worker', { XAIGRID_THREADS: String(count) })),
      );
      await explain(8);
      const measured = await explain(IMAGES);
      await Promise.all(started.map(end));
      return measured;
    };
    const best = { one: 0, two: 0, wide: 0 };
    for (let round = 0; round < ROUNDS; round += 1) {
      best.one = Math.max(best.one, await speed([1]));
      best.two = Math.max(best.two, await speed([1, 1]));
      best.wide = Math.max(best.wide, await speed([2]));
    }
    report('1 worker of one thread, seconds an image', { value: 1 / best.one, unit: 's' });
    report('2 workers of one thread, samples/s over 1', { value: best.two / best.one, target: ['>=', 1.8] });
    report('1 worker of two threads, samples/s over 1 of one', { value: best.wide / best.one });
  } finally {
    await cluster.close();
    await rm(folder, { recursive: true, force: true });
  }
}
