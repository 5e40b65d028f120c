import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import goldens from '../../libs/datasets/tests/goldens/image-files.json' with { type: 'json' };
import { repository } from './processes.js';

/** A small but complete spec for the demo model: two kinds of explainers, two settings. */
export function smallSpec(
  options: {
    readonly samples?: number;
    /** Whether to take samples 0, 1, 2, …, for tests that name samples. */
    readonly first?: boolean;
    readonly shardSize?: number;
    readonly keepFractions?: readonly number[];
    readonly model?: string;
  } = {},
): string {
  const { samples = 60, first = false, shardSize, keepFractions = [0.3, 0.7] } = options;
  const { model = `${repository}models/mnist1d-cnn/model.json` } = options;
  return JSON.stringify({
    name: 'small',
    limit: first ? { samples, choose: 'first' } : samples,
    ...(shardSize === undefined ? {} : { shardSize }),
    datasets: { mnist1d: { kind: 'mnist1d', split: 'test' } },
    models: { cnn: { path: model } },
    evaluations: [
      {
        dataset: 'mnist1d',
        model: 'cnn',
        explainers: [
          { method: 'sise' },
          { method: 'shap-deep', explainedClass: 'label', background: { dataset: 'mnist1d', size: 50 } },
          { method: 'shap-gradient', draws: 20, background: { dataset: 'mnist1d', size: 50 } },
        ],
        metrics: [{ metric: 'drop-increase', keepFractions }],
      },
    ],
  });
}

/** Methods to tell apart on 160 samples: `ig 50` and `ig 51` are alike. */
export function decidingSpec(methods: readonly ('sise' | 'random' | 'ig 50' | 'ig 51')[]): string {
  const integrated = (steps: number): object => ({ method: 'integrated-gradients', name: `ig ${steps}`, steps });
  const entries = { sise: 'sise', random: 'random', 'ig 50': integrated(50), 'ig 51': integrated(51) };
  return JSON.stringify({
    name: 'deciding',
    datasets: { digits: { kind: 'mnist1d', split: 'test', samplesPerClass: 80 } },
    models: { cnn: { path: `${repository}models/mnist1d-cnn/model.json` } },
    evaluations: [
      {
        ...{ dataset: 'digits', model: 'cnn', explainers: methods.map((method) => entries[method]) },
        metrics: [{ metric: 'drop-increase', keepFractions: [0.3] }],
      },
    ],
  });
}

/** Twelve images in three class folders, of four formats. */
export async function writeImages(folder: string): Promise<void> {
  const files = Object.entries(goldens.good);
  for (const [index, [name, { file }]] of files.entries()) {
    const path = join(folder, `class${index % 3}`);
    await mkdir(path, { recursive: true });
    await writeFile(join(path, name), Buffer.from(file, 'base64'));
  }
}

/** A spec for an image folder and the demo model that takes 64×64×3. */
export function imageSpec(folder: string): string {
  return JSON.stringify({
    name: 'images',
    shardSize: 5,
    datasets: { images: { kind: 'image-folder', path: folder, size: 64 } },
    models: { vgg: { path: `${repository}models/texture-patches-vgg/model.json` } },
    evaluations: [
      {
        dataset: 'images',
        model: 'vgg',
        explainers: [{ method: 'sise' }, { method: 'shap-gradient', draws: 4, background: { dataset: 'images', size: 6 } }],
        metrics: [{ metric: 'drop-increase', keepFractions: [0.5] }],
      },
    ],
  });
}
