import { fileURLToPath } from 'node:url';

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
}

const script = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const pytorchFiles = '`script-17` and `dynamo-18-fixed-beside`';

export const families: readonly Family[] = [
  { name: 'torchvision', title: 'torchvision', script: script('pytorch/torchvision_classifiers.py'), explained: pytorchFiles },
  { name: 'timm', title: 'timm', script: script('pytorch/timm_classifiers.py'), explained: pytorchFiles },
  {
    name: 'keras-applications',
    title: 'keras.applications',
    script: script('keras/keras_applications.py'),
    explained: '`keras`',
  },
  { name: 'keras-layers', title: "Keras's layers", script: script('keras/keras_layers.py'), explained: '`keras`' },
];
