import type { Answer } from '../../api/client.js';

type Inputs = Answer<'storedInputs'>;

export interface Template {
  readonly name: string;
  readonly spec: (inputs: Inputs) => string;
}

/** YAML's flow form, which JSON is: `{"kind": "npz", "path": "stored/…"}`. */
export function entryText(entry: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(entry)
    .replace(/"([A-Za-z_][A-Za-z0-9_]*)":/g, '$1: ')
    .replace(/,(?=\w+: )/g, ', ');
}

/** The entry of a stored model in a spec. */
export function modelEntry({ path, options = {} }: Inputs['models'][number]): string {
  return entryText({ path, ...options });
}

/** A data set and a model that belong together: of one run, as they come, the newest first. */
function head(
  name: string,
  { models, datasets }: Inputs,
): { readonly text: string; readonly dataset: string; readonly model: string } {
  const [model] = models;
  const [dataset] = datasets;
  const names = { dataset: key(dataset?.name ?? 'mnist1d'), model: key(model?.name ?? 'model') };
  return {
    text: [
      `name: ${name}`,
      '# Some samples to try; remove the line for the whole data set.',
      'limit: 100',
      'datasets:',
      `  ${names.dataset}: ${dataset === undefined ? '{ kind: mnist1d, split: test }' : entryText(dataset.entry)}`,
      'models:',
      `  ${names.model}: ${model === undefined ? '{ path: model.onnx }' : modelEntry(model)}`,
      'evaluations:',
      `  - dataset: ${names.dataset}`,
      `    model: ${names.model}`,
    ].join('\n'),
    ...names,
  };
}

/** A name as a key of YAML. */
export function key(name: string): string {
  return /^[A-Za-z][A-Za-z0-9_-]*$/.test(name) ? name : JSON.stringify(name);
}

export const templates: readonly Template[] = [
  {
    name: 'Keep the best, and see',
    spec: (inputs) => `${head('keep-the-best', inputs).text}
    explainers: [integrated-gradients, input-x-gradient, random]
    metrics:
      - { metric: drop-increase, keepFractions: [0.1, 0.3, 0.5], baseline: zero }
`,
  },
  {
    name: 'Insertion and deletion',
    spec: (inputs) => `${head('insertion-deletion', inputs).text}
    explainers: [integrated-gradients, smooth-grad, random]
    metrics: [deletion-insertion]
`,
  },
  {
    name: 'Against controls',
    spec: (inputs) => `controls: true
${head('against-controls', inputs).text}
    explainers: [gradient, input-x-gradient, integrated-gradients]
    metrics:
      - { metric: drop-increase, keepFractions: [0.3] }
      - sparseness
`,
  },
];
