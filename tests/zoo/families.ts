import { fileURLToPath } from 'node:url';

/**
 * A library's models. `script list` prints what there is as JSON (`Listing` of python.ts), `script make NAME FOLDER` writes a model's exports, samples
 * and references with a `Manifest`: another family is a script that does both, and a line here.
 */
export interface Family {
  readonly name: string;
  readonly title: string;
  readonly script: string;
}

const script = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export const families: readonly Family[] = [
  { name: 'torchvision', title: 'torchvision', script: script('pytorch/torchvision_classifiers.py') },
  { name: 'timm', title: 'timm', script: script('pytorch/timm_classifiers.py') },
];
