import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseSpec, XaigridError, type SpecRegistries } from '../src/index.js';

const registries: SpecRegistries = {
  datasets: [{ kind: 'mnist1d', params: z.strictObject({ split: z.enum(['train', 'test']).default('test') }) }],
  explainers: [
    {
      method: 'sise',
      params: z.strictObject({ layers: z.array(z.string()).optional(), gradientThreshold: z.number().default(0) }),
      usesBackground: false,
      defaultExplainedClass: 'predicted',
    },
    { method: 'shap-deep', params: z.strictObject({}), usesBackground: true, defaultExplainedClass: 'predicted' },
    {
      method: 'paths',
      params: z.strictObject({ from: z.enum(['zero', 'background']).default('zero') }),
      usesBackground: true,
      needsBackground: (params) => z.object({ from: z.string() }).parse(params).from === 'background',
      defaultExplainedClass: 'predicted',
    },
  ],
  metrics: [{ metric: 'drop-increase', params: z.strictObject({ keepFractions: z.array(z.number()) }) }],
};

const valid = `
name: example
datasets:
  digits: { kind: mnist1d }
models:
  cnn: { path: "\${MODELS:-models}/cnn.h5" }
evaluations:
  - dataset: digits
    model: cnn
    explainers:
      - { method: sise, grid: { gradientThreshold: [0, 0.5] } }
      - { method: shap-deep, background: { dataset: digits } }
    metrics:
      - { metric: drop-increase, keepFractions: [0.3] }
`;

function parse(text: string, environment: Record<string, string> = {}, overrides: string[] = []) {
  return parseSpec({ text, source: 'spec.yaml', registries, environment, overrides });
}

function refusal(text: string, overrides: string[] = []): XaigridError {
  try {
    parse(text, {}, overrides);
  } catch (error) {
    if (error instanceof XaigridError) return error;
    throw error;
  }
  throw new Error('The spec was accepted.');
}

describe('a valid spec', () => {
  it('gets its defaults', () => {
    expect(parse(valid)).toMatchObject({
      name: 'example',
      seed: 0,
      engine: 'onnxruntime',
      datasets: { digits: { kind: 'mnist1d', params: { split: 'test' } } },
    });
  });

  it('is expanded along its grid, one explainer a value, told apart by label', () => {
    const explainers = parse(valid).evaluations[0]?.explainers ?? [];
    expect(explainers.map(({ label }) => label)).toEqual(['sise gradientThreshold=0', 'sise gradientThreshold=0.5', 'shap-deep']);
    expect(explainers.map(({ params }) => params)).toEqual([{ gradientThreshold: 0 }, { gradientThreshold: 0.5 }, {}]);
  });

  it('takes variables from the environment and defaults without it', () => {
    expect(parse(valid).models.cnn?.path).toBe('models/cnn.h5');
    expect(parse(valid, { MODELS: '/data' }).models.cnn?.path).toBe('/data/cnn.h5');
  });

  it('is given no secret, not even one that is unset and has a default', () => {
    const text = valid.replace('${MODELS:-models}', '${DATABASE_URL:-models}');
    const read = (): unknown =>
      parseSpec({
        ...{ text, source: 'spec.yaml', registries, secretVariables: ['DATABASE_URL'] },
        environment: { DATABASE_URL: 'postgresql://me:geheim@host/db' },
      });
    expect(read).toThrow(
      'models.cnn.path (line 6): the environment variable DATABASE_URL is a secret, and a spec is stored and shown. Use another variable.',
    );
  });

  it('takes overrides by path, YAML values included', () => {
    const spec = parse(valid, {}, ['seed=7', 'evaluations[0].metrics.0.keepFractions=[0.1, 0.2]']);
    expect(spec.seed).toBe(7);
    expect(spec.evaluations[0]?.metrics[0]?.params).toEqual({ keepFractions: [0.1, 0.2] });
  });

  it('may name an explainer or a metric that sets nothing by its name alone', () => {
    const bare = valid.replace('{ method: sise, grid: { gradientThreshold: [0, 0.5] } }', 'sise');
    expect(parse(bare)).toEqual(parse(valid.replace(', grid: { gradientThreshold: [0, 0.5] }', '')));
    expect(parse(bare, {}, ['evaluations.0.explainers.0.gradientThreshold=0.5']).evaluations[0]?.explainers[0]?.params).toEqual({
      gradientThreshold: 0.5,
    });
    const named = parse(bare, {}, ['evaluations.0.explainers=[sise]', 'evaluations.0.metrics.0.keepFractions=[0.5]']);
    expect(named.evaluations[0]?.explainers.map(({ label, location }) => [label, location])).toEqual([
      ['sise', 'evaluations.0.explainers.0 (command line)'],
    ]);
    expect(named.evaluations[0]?.metrics[0]?.location).toBe('evaluations.0.metrics.0 (line 14 and command line)');
    expect(refusal(bare.replace('- sise', '- ~')).message).toContain(
      'explainers.0 (line 11): expected text or an object, not null.',
    );
    expect(refusal(bare.replace(/explainers:[^]*metrics:/, 'explainers: sise\n    metrics:')).message).toContain(
      'expected a list, not "sise". A list of one is written [sise].',
    );
    expect(refusal(bare.replace('- sise', '- siese')).message).toBe(
      'evaluations.0.explainers.0.method (line 11): there is no method "siese". Did you mean "sise"?',
    );
    expect(refusal(valid.replace('{ metric: drop-increase, keepFractions: [0.3] }', 'drop-increase')).message).toContain(
      'evaluations.0.metrics.0.keepFractions (line 14): is missing',
    );
  });

  it('may be JSON', () => {
    expect(
      parse(
        '{"name": "j", "datasets": {"d": {"kind": "mnist1d"}}, "models": {"m": {"path": "m.h5"}}, "evaluations": [{"dataset": "d", "model": "m", "explainers": [{"method": "sise"}], "metrics": [{"metric": "drop-increase", "keepFractions": [0.5]}]}]}',
      ).name,
    ).toBe('j');
  });
});

describe('a method that reads a background with some parameters only', () => {
  const withEntry = (entry: string) => valid.replace('{ method: shap-deep, background: { dataset: digits } }', entry);
  const backgrounds = (entry: string) =>
    parse(withEntry(entry)).evaluations.flatMap(({ explainers }) =>
      explainers.flatMap(({ method, background }) => (method === 'paths' ? [background?.dataset] : [])),
    );

  it('needs none otherwise, and points of a grid that read none have none', () => {
    expect(backgrounds('paths')).toEqual([undefined]);
    expect(backgrounds('{ method: paths, from: background, background: { dataset: digits } }')).toEqual(['digits']);
    expect(backgrounds('{ method: paths, grid: { from: [zero, background] }, background: { dataset: digits } }')).toEqual([
      undefined,
      'digits',
    ]);
  });

  it('is refused without the one that it reads, and with one that it does not', () => {
    expect(refusal(withEntry('{ method: paths, from: background }')).message).toContain('paths needs a background');
    expect(refusal(withEntry('{ method: paths, background: { dataset: digits } }')).message).toContain(
      'paths reads no background with these parameters. Leave it out, or choose parameters that read it.',
    );
    const wrong = refusal(withEntry('{ method: paths, from: nowhere, background: { dataset: digits } }')).message;
    expect(wrong).toContain('from');
    expect(wrong).not.toContain('background with these');
  });
});

describe('a mistake is named with its place and a suggestion', () => {
  it.each([
    [
      'an unknown key at the top',
      valid.replace('name: example', 'name: example\nsede: 1'),
      'sede (line 3): unknown key "sede". Did you mean "seed"?',
    ],
    [
      'an unknown parameter of a method',
      valid.replace('method: sise, grid: { gradientThreshold', 'method: sise, grid: { gradientTreshold'),
      'Did you mean "gradientThreshold"?',
    ],
    ['an unknown method', valid.replace('method: sise', 'method: sisse'), 'there is no method "sisse". Did you mean "sise"?'],
    [
      'a method that is like none',
      valid.replace('method: sise', 'method: lime'),
      'there is no method "lime". There is: sise, shap-deep, paths. xaigrid catalog methods describes them; docs/methods.md says how they compute.',
    ],
    [
      'an unknown data set',
      valid.replace('- dataset: digits', '- dataset: digit'),
      'there is no data set "digit". Did you mean "digits"?',
    ],
    ['a missing background', valid.replace(', background: { dataset: digits }', ''), 'shap-deep needs a background'],
    [
      'a background where none is used',
      valid.replace('method: sise,', 'method: sise, background: { dataset: digits },'),
      'unknown key "background"',
    ],
    [
      'a value of the wrong type',
      valid.replace('keepFractions: [0.3]', 'keepFractions: 0.3'),
      'evaluations.0.metrics.0.keepFractions (line 14): expected a list, not 0.3.',
    ],
    ['a missing key', valid.replace('name: example', ''), 'name: is missing; expected text.'],
    ['an unset variable', valid.replace('${MODELS:-models}', '${MODELS}'), 'the environment variable MODELS is not set'],
  ])('%s', (_what, text, sentence) => {
    const error = refusal(text);
    expect(error.code).toBe('SPEC_INVALID');
    expect(error.message).toContain(sentence);
    expect(error.exitStatus).toBe(2);
  });

  it('broken YAML is unreadable, with the line', () => {
    const error = refusal('name: [1, 2');
    expect(error.code).toBe('SPEC_UNREADABLE');
    expect(error.message).toMatch(/spec\.yaml is not valid YAML: .*line 1/);
  });

  it('a variable that YAML takes for a brace is told to be put in quotes', () => {
    const error = refusal(valid.replace('"${MODELS:-models}/cnn.h5"', '${MODELS:-models}/cnn.h5'));
    expect(error.code).toBe('SPEC_UNREADABLE');
    expect(error.message).toMatch(/at line 6, .*needs quotes within \{ \} and \[ \]: write "\$\{MODELS:-models\}\/cnn\.h5"\.$/);
    expect(refusal('name: "${A}" [').message).toContain('Correct it and try again');
  });

  it('all mistakes are listed at once', () => {
    const error = refusal(valid.replace('method: sise', 'method: sisse').replace('- dataset: digits', '- dataset: digit'));
    expect(error.message).toMatch(/^2 mistakes:/);
  });

  it.each([
    [
      'an empty file',
      '',
      'spec.yaml is empty. A spec has the keys name, datasets, models and evaluations; "xaigrid init" writes one.',
    ],
    ['a file of comments', '# later\n', 'spec.yaml is empty.'],
    ['a list', '- a\n', 'spec.yaml is not a spec: it contains a list. A spec has the keys'],
    ['text', 'hello world', 'spec.yaml is not a spec: it contains text without keys.'],
    ['a number', '7', 'spec.yaml is not a spec: it contains only 7.'],
    ['a model', '{"modelTopology": {}, "weightsManifest": []}', 'spec.yaml is a TF.js model, not a spec. Name it in a spec'],
  ])('%s is told what a spec has', (_what, text, sentence) => {
    const error = refusal(text);
    expect(error.code).toBe('SPEC_INVALID');
    expect(error.message).toContain(sentence);
  });

  it('the key __proto__ is refused wherever it stands, with its line', () => {
    const wrong = ' cannot be a name or a key. Choose another one.';
    expect(refusal(valid.replace('digits: {', '__proto__: {')).message).toBe(`datasets.__proto__ (line 4): "__proto__"${wrong}`);
    expect(refusal(valid.replace('cnn: {', '__proto__: {')).message).toBe(`models.__proto__ (line 6): "__proto__"${wrong}`);
    expect(refusal(valid.replace('kind: mnist1d', 'kind: mnist1d, __proto__: 1')).message).toContain(wrong);
    expect(refusal(valid.replace('grid: {', 'grid: { __proto__: [1],')).message).toContain(
      'explainers.0.grid.__proto__ (line 11)',
    );
    expect(refusal(valid, ['models.__proto__.path=x']).message).toBe(
      `models.__proto__ (line 5 and command line): "__proto__"${wrong}`,
    );
  });

  it.each(['constructor', 'toString', 'hasOwnProperty'])('%s is a name like any other', (name) => {
    const renamed = valid.replaceAll('digits', name).replace('cnn:', `${name}:`).replace('model: cnn', `model: ${name}`);
    expect(parse(renamed).evaluations[0]).toMatchObject({ dataset: name, model: name });
    expect(refusal(valid.replace('model: cnn', `model: ${name}`)).message).toContain(`there is no model "${name}"`);
    expect(refusal(valid.replace('method: sise', `method: ${name}`)).message).toContain(`there is no method "${name}"`);
  });

  it('an alias bomb is refused', () => {
    const bomb = `a: &a [x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]\nc: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b]\nd: [*c, *c, *c, *c, *c, *c, *c, *c, *c]\n`;
    expect(refusal(bomb).code).toBe('SPEC_UNREADABLE');
  });

  it('an override without a value is wrong usage', () => {
    expect(refusal(valid, ['seed']).code).toBe('USAGE');
    expect(refusal(valid, ['evaluations.5.dataset=x']).message).toContain('positions 0 to 0');
  });
});
