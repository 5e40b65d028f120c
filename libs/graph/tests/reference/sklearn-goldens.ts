import { readFileSync } from 'node:fs';
import { unzipSync } from 'fflate';
import type { NamedFile } from '../../src/keras/tfjs.js';

/** What scikit-learn and shap compute with a model: made by sklearn/make_sklearn.py. */
interface SklearnGolden {
  readonly name: string;
  /** `predict_proba` of each sample. */
  readonly probabilities: readonly (readonly number[])[];
  /** The likeliest class of each sample. */
  readonly explained: readonly number[];
  /** ∂(the explained class's probability)/∂sample, of smooth models. */
  readonly gradients?: readonly (readonly number[])[];
  /** Shapley values of the explained class's probability, of the first samples. */
  readonly shapley?: readonly (readonly number[])[];
}

interface Goldens {
  readonly featureNames: readonly string[];
  readonly samples: readonly (readonly number[])[];
  /** What Shapley values are taken against. */
  readonly references: readonly (readonly number[])[];
  readonly cases: readonly SklearnGolden[];
}

const files = unzipSync(readFileSync(new URL('../sklearn/sklearn.zip', import.meta.url)));

export const sklearnGoldens = JSON.parse(new TextDecoder().decode(files['goldens.json'])) as Goldens;

/** A file of scikit-learn's models by its name, without and with `-zipmap`. */
export function sklearnFile(name: string): NamedFile {
  return { name: `${name}.onnx`, bytes: files[`${name}.onnx`] ?? new Uint8Array() };
}
