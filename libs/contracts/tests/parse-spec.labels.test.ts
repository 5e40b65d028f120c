import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseSpec, type SpecRegistries } from '../src/index.js';

const registries: SpecRegistries = {
  datasets: [{ kind: 'mnist1d', params: z.strictObject({}) }],
  explainers: [
    {
      method: 'gradient',
      params: z.strictObject({
        channels: z.enum(['sum', 'sum-absolute']).default('sum'),
        layers: z.array(z.string()).optional(),
      }),
      usesBackground: true,
      defaultExplainedClass: 'predicted',
    },
    { method: 'sise', params: z.strictObject({}), usesBackground: false, defaultExplainedClass: 'predicted' },
  ],
  metrics: [{ metric: 'drop-increase', params: z.strictObject({}) }],
};

function labels(...blocks: string[][]): string[] {
  const evaluations = blocks
    .map((entries) => `  - { dataset: a, model: m, explainers: [${entries.join(', ')}], metrics: [{ metric: drop-increase }] }`)
    .join('\n');
  const text = `name: labels\ndatasets: { a: { kind: mnist1d } }\nmodels: { m: { path: m.onnx } }\nevaluations:\n${evaluations}\n`;
  const spec = parseSpec({ text, source: 'spec.yaml', registries, environment: {} });
  return spec.evaluations.flatMap(({ explainers }) => explainers.map(({ label }) => label));
}

const background = 'background: { dataset: a, size: 10 }';

describe('the label of an explainer', () => {
  it('is its name where no other has it', () => {
    expect(labels(['{ method: sise }', `{ method: gradient, ${background} }`])).toEqual(['sise', 'gradient']);
  });

  it('says the parameters in which two of one name differ, defaults included', () => {
    expect(
      labels([`{ method: gradient, ${background} }`, `{ method: gradient, channels: sum-absolute, layers: [c], ${background} }`]),
    ).toEqual(['gradient channels=sum', 'gradient channels=sum-absolute layers=["c"]']);
  });

  it('says explained class and background where only they differ', () => {
    expect(labels(['{ method: sise }', '{ method: sise, explainedClass: label }'])).toEqual([
      'sise explainedClass=predicted',
      'sise explainedClass=label',
    ]);
    expect(labels([`{ method: gradient, ${background} }`, '{ method: gradient, background: { dataset: a, size: 20 } }'])).toEqual(
      ['gradient background.size=10', 'gradient background.size=20'],
    );
  });

  it('says the method where two methods were given one name', () => {
    expect(labels(['{ method: sise, name: x }', `{ method: gradient, name: x, ${background} }`])).toEqual([
      'x method=sise',
      'x method=gradient channels=sum background.dataset=a background.size=10 background.selection=random',
    ]);
  });

  it('is told apart across blocks of one data set and model, and stays one where nothing differs', () => {
    expect(labels(['{ method: sise }'], ['{ method: sise, explainedClass: 3 }'])).toEqual([
      'sise explainedClass=predicted',
      'sise explainedClass=3',
    ]);
    expect(labels(['{ method: sise }'], ['{ method: sise }'])).toEqual(['sise', 'sise']);
  });
});
