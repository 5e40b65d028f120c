import { readFileSync } from 'node:fs';
import { unzipSync } from 'fflate';
import type { NamedFile } from '../../src/keras/tfjs.js';

/** What Keras computes from a model that it saved: made by keras/make_keras.py. */
export interface KerasGolden {
  readonly shape: readonly number[];
  readonly x: readonly number[];
  readonly probabilities: readonly number[];
  /** ∂(the predicted class's probability)/∂x */
  readonly gradient: readonly number[];
}

export interface SavedModel {
  readonly file: string;
  /** The file itself first, then those beside it. */
  readonly files: readonly NamedFile[];
  readonly golden: KerasGolden;
}

const unzipped = (zip: string) => unzipSync(readFileSync(new URL(`../keras/${zip}.zip`, import.meta.url)));
const zips = ['keras2', 'keras3'] as const;
const text = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);

/** The models of one Keras, each in every format that is kept of it. */
export function savedBy(zip: (typeof zips)[number]): SavedModel[] {
  const files = unzipped(zip);
  const goldens = JSON.parse(text(files['goldens.json'])) as Record<string, KerasGolden>;
  return Object.keys(files).flatMap((file) => {
    const name = file.replace(/\.(keras|h5)$|\/model\.json$/, '');
    const golden = name === file ? undefined : goldens[name];
    const others = Object.keys(files).filter((other) => other.startsWith(`${name}/`) && other !== file);
    const all = [file, ...others].map((own): NamedFile => ({ name: own, bytes: files[own] ?? new Uint8Array() }));
    return golden === undefined ? [] : [{ file, files: all, golden }];
  });
}

/** The classes of all layers in what is kept as `.keras` or TF.js. */
export function classesSaved(): string[] {
  const configs = zips.flatMap((zip) =>
    Object.entries(unzipped(zip)).map(([name, bytes]) => {
      if (name.endsWith('.keras')) return text(unzipSync(bytes)['config.json']);
      return name.endsWith('.json') ? text(bytes) : '';
    }),
  );
  return configs.flatMap((config) => [...config.matchAll(/"class_name": ?"(\w+)"/g)].map(([, name = '']) => name));
}
