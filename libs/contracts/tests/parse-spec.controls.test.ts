import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseSpec, specJsonSchema, type SpecRegistries } from '../src/index.js';

const plain = { params: z.strictObject({}), usesBackground: false, defaultExplainedClass: 'predicted' } as const;
const registries: SpecRegistries = {
  datasets: [{ kind: 'mnist1d', params: z.strictObject({}) }],
  explainers: [
    { method: 'sise', family: 'cam', ...plain },
    { method: 'gradient', family: 'gradient', ...plain },
    { method: 'random', family: 'control', ...plain },
    { method: 'edges', family: 'control', ...plain, params: z.strictObject({ channels: z.string().default('sum') }) },
  ],
  metrics: [
    { metric: 'deletion', params: z.strictObject({}) },
    { metric: 'auc', params: z.strictObject({}) },
  ],
};

function parse(top: string, ...blocks: string[]) {
  const text = `name: controls\n${top}\ndatasets: { a: { kind: mnist1d } }\nmodels: { m: { path: m.onnx }, n: { path: n.onnx } }\nevaluations:\n${blocks.map((block) => `  - { dataset: a, ${block} }\n`).join('')}`;
  return parseSpec({ text, source: 'spec.yaml', registries, environment: {} }).evaluations;
}

const labelsOf = (evaluations: ReturnType<typeof parse>) =>
  evaluations.map(({ explainers }) => explainers.map(({ label, isAdded }) => (isAdded === true ? `+${label}` : label)));

const sise = 'model: m, explainers: [sise], metrics: [deletion]';

describe('controls: true', () => {
  it('adds every control after the listed methods, with its defaults', () => {
    const evaluations = parse('controls: true', sise, 'model: n, explainers: [gradient], metrics: [auc]');
    expect(labelsOf(evaluations)).toEqual([
      ['sise', '+random', '+edges'],
      ['gradient', '+random', '+edges'],
    ]);
    expect(evaluations[0]?.explainers[2]?.params).toEqual({ channels: 'sum' });
  });

  it('adds nothing by default', () => {
    expect(labelsOf(parse('', sise))).toEqual([['sise']]);
  });

  it('is a matter of one evaluation where it stands there', () => {
    const [yes, no] = [`controls: true, ${sise}`, 'controls: false, model: n, explainers: [sise], metrics: [auc]'];
    expect(labelsOf(parse('', yes, no))).toEqual([['sise', '+random', '+edges'], ['sise']]);
    expect(labelsOf(parse('controls: true', sise, no))).toEqual([['sise', '+random', '+edges'], ['sise']]);
  });

  it('adds no control that is listed', () => {
    const listed = 'model: m, explainers: [sise, { method: random, name: chance }], metrics: [deletion]';
    expect(labelsOf(parse('controls: true', listed))).toEqual([['sise', 'chance', '+edges']]);
  });

  it('adds a control that another evaluation of the model and data set lists as it is listed there', () => {
    const listed = 'model: m, explainers: [{ method: random, name: chance }], metrics: [auc]';
    expect(labelsOf(parse('', `controls: true, ${sise}`, listed))).toEqual([['sise', '+chance', '+edges'], ['chance']]);
  });

  it('asks controls about the class that all listed methods are about', () => {
    const classes = (...entries: string[]) =>
      parse('controls: true', `model: m, explainers: [${entries.join(', ')}], metrics: [auc]`)[0]
        ?.explainers.filter(({ isAdded }) => isAdded)
        .map(({ explainedClass }) => explainedClass);
    const [label, two] = ['{ method: sise, explainedClass: label }', '{ method: gradient, explainedClass: 2 }'];
    expect(classes(label)).toEqual(['label', 'label']);
    expect(classes(label, two)).toEqual(['predicted', 'predicted']);
  });

  it('is either true or false, and known to editors', () => {
    expect(() => parse('controls: some', sise)).toThrow(/controls/);
    const { properties } = specJsonSchema(registries);
    expect(properties).toMatchObject({
      controls: { type: 'boolean' },
      evaluations: { items: { properties: { controls: { type: 'boolean' } } } },
    });
  });
});
