import { fileURLToPath } from 'node:url';
import type { PythonEnvironment } from '../support/python.js';

/**
 * A library's models. `script list` prints what there is as JSON (`Listing` of python.ts), `script make NAME FOLDER` writes a model's exports, samples
 * and references with a `Manifest`: another family is a script that does both, and a line here.
 */
export interface Family {
  readonly name: string;
  readonly title: string;
  readonly script: string;
  /** The files on which every method is tried. */
  readonly explained: string;
  /** What runs the script. */
  readonly python: PythonEnvironment;
}

const script = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const torch: PythonEnvironment = { requirements: script('requirements.txt'), variable: 'ZOO_PYTHON' };
/** Keras 2 computes with TensorFlow, whose releases of that time want a NumPy and an onnx of that time. */
const tensorflow: PythonEnvironment = { requirements: script('keras/requirements-keras2.txt'), variable: 'ZOO_KERAS2_PYTHON' };

const pytorchFiles = '`script-17` and `dynamo-18-fixed-beside`';

export const families: readonly Family[] = [
  {
    name: 'torchvision',
    title: 'torchvision',
    script: script('pytorch/torchvision_classifiers.py'),
    explained: pytorchFiles,
    python: torch,
  },
  { name: 'timm', title: 'timm', script: script('pytorch/timm_classifiers.py'), explained: pytorchFiles, python: torch },
  {
    name: 'keras-applications',
    title: 'keras.applications',
    script: script('keras/keras_applications.py'),
    explained: '`keras`',
    python: torch,
  },
  {
    name: 'keras-layers',
    title: "Keras's layers",
    script: script('keras/keras_layers.py'),
    explained: '`keras`',
    python: torch,
  },
  {
    name: 'keras2-applications',
    title: 'keras.applications of Keras 2, also by tf2onnx',
    script: script('keras/keras_applications.py'),
    explained: '`tf2onnx-15`',
    python: tensorflow,
  },
  {
    name: 'keras2-layers',
    title: "Keras 2's layers, also by tf2onnx",
    script: script('keras/keras2_layers.py'),
    explained: '`tf2onnx-15`',
    python: tensorflow,
  },
  {
    name: 'scikit-learn',
    title: 'scikit-learn, by skl2onnx',
    script: script('scikit-learn/classifiers.py'),
    explained: '`zipmap`',
    python: torch,
  },
];
