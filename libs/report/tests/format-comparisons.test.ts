import type { Comparison, DescribeMeasure } from '@xaigrid/contracts';
import { describe, expect, it } from 'vitest';
import { formatComparisons } from '../src/index.js';
import { metrics } from './described-metrics.js';

const one: Comparison = {
  ...{ dataset: 'digits', model: 'cnn', engine: 'onnxruntime', metric: 'drop-increase', scoredClass: 'predicted' },
  ...{ setting: { keepFraction: 0.3, baseline: 'zero' }, measure: 'drop', first: 'sise', second: 'random' },
  ...{ samples: 1000, difference: -0.123456, interval: { low: -0.2, high: -0.04691 }, higher: 310, lower: 690 },
};
const all: Comparison[] = [
  one,
  { ...one, second: 'shap-deep', difference: 0, interval: { low: -0.00001, high: 0.1 }, higher: 0, lower: 0 },
  { ...one, measure: 'increase', first: 'a|b', samples: 1, interval: undefined },
];

describe('comparisons', () => {
  it('name data set and model once, and each measure at each setting above its pairs', () => {
    // Of measures of which neither high nor low is better nothing is counted.
    const undirected: DescribeMeasure = (metric, name) => ({
      ...{ name, title: describeMeasure(metric, name)?.title ?? name, aggregate: 'mean', meaning: '', role: 'result', range: {} },
    });
    expect(formatComparisons(all, 'table', { describe: undirected })).toBe(
      [
        'cnn on digits',
        'Method  Against    Samples                   Difference  Higher  Lower',
        '──────────────────────────────────────────────────────────────────────',
        'Drop rate, keep 0.3, baseline zero',
        'sise    random        1000   -0.1235 [-0.2000, -0.0469]     310    690',
        '        shap-deep     1000  0.00000 [-0.00001, 0.10000]       0      0',
        'Increase rate, keep 0.3, baseline zero',
        'a|b     random           1                      -0.1235     310    690',
        '',
      ].join('\n'),
    );
    const parts = formatComparisons([...all, { ...one, dataset: 'patches' }], 'table', { describe: undirected }).split('\n\n');
    expect(parts.map((part) => part.split('\n')[0])).toEqual(['cnn on digits', 'cnn on patches']);
    expect(formatComparisons([one, { ...one, engine: 'tensorflow' }], 'table', { describe: describeMeasure })).toContain(
      'cnn on digits, engine tensorflow\n',
    );
  });

  const describeMeasure: DescribeMeasure = (name, measure) =>
    metrics.find(({ metric }) => metric === name)?.measures.find((candidate) => candidate.name === measure);
  const pair = (first: string, second: string, low: number, high: number): Comparison => {
    return { ...one, first, second, difference: (low + high) / 2, interval: { low, high } };
  };
  const three = [pair('sise', 'deep', -0.1, 0.01), pair('sise', 'random', -0.3, -0.2), pair('deep', 'random', -0.3, -0.1)];

  it('begin with how many methods each is better than, where the samples tell the two apart', () => {
    const increase = three.map((each) => ({ ...each, measure: 'increase' }));
    const lines = formatComparisons([...three, ...increase], 'table', { describe: describeMeasure }).split('\n');
    expect(lines.slice(0, 3)).toEqual([
      'cnn on digits',
      '  Drop rate ↓, keep 0.3, baseline zero: sise 1, deep 1, random 0; 1 of 3 pairs is not told apart',
      '  Increase rate ↑, keep 0.3, baseline zero: random 2, sise 0, deep 0; 1 of 3 pairs is not told apart',
    ]);
    expect(lines[3]).toMatch(/^Numbers: how many other methods each method is better than, .* leaves out 0\)/);
  });

  it.each([80, 100, 60])('fit %i columns with names that can be read, and cut no interval', (width) => {
    const named = three.map(({ first, second, ...each }) => ({
      ...each,
      first: `${first} explainedClass=0`,
      second: `${second} layers=["b"]`,
    }));
    const text = formatComparisons(named, 'table', { describe: describeMeasure, width });
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(width);
    for (const { interval } of named) expect(text).toContain(`[${interval?.low.toFixed(4)}, ${interval?.high.toFixed(4)}]`);
    if (width >= 80) expect(text).toMatch(/^sise explainedClass=0 +deep layers=\["b"\]/m);
  });

  it('leave out how many samples are higher and lower together, or neither', () => {
    for (let width = 100; width > 40; width -= 1) {
      const text = formatComparisons(
        three.map((each, at) => ({ ...each, higher: 0, lower: at })),
        'table',
        { width },
      );
      const [, head = ''] = text.split('\n');
      expect(head.includes('Higher')).toBe(head.includes('Lower'));
    }
  });

  it('name engine and scored class where they differ', () => {
    const others = [one, { ...one, engine: 'tensorflow', scoredClass: 'label' }];
    expect(formatComparisons(others, 'markdown', { describe: describeMeasure }).split('\n')[0]).toBe(
      '| Dataset | Model | Engine | Scored class | Setting | Measure | Method | Against | Samples | Difference | Higher | Lower |',
    );
  });

  const tested = (pair: Comparison, holm: number): Comparison => ({
    ...pair,
    test: { name: 'wilcoxon', p: holm / 3, holm, family: 3 },
  });

  it('tell apart by Holm’s p where there are tests, whatever the intervals are, and say by which test', () => {
    const text = formatComparisons(
      three.map((pair, at) => tested(pair, [0.2, 0.05, 0.00004][at] ?? NaN)),
      'table',
      { describe: describeMeasure },
    );
    expect(text).toContain('deep 1, sise 0, random 0; 2 of 3 pairs are not told apart');
    expect(text).toContain('(Holm p below 0.05)');
    expect(text).toMatch(/^sise +deep .* 0\.2000\n +random .* 0\.0500\ndeep +random .* <0\.0001$/m);
    expect(text).toContain(
      'Holm p: Wilcoxon’s signed-rank test of the paired differences. Corrected by Holm for all pairs here of one',
    );
    expect(formatComparisons([tested(one, 0.012345678)], 'csv')).toContain(`,wilcoxon,${0.012345678 / 3},0.012345678,3`);
    expect(formatComparisons([tested(one, 0.012345678)], 'markdown')).toContain('| 690 | 0.0123 |');
  });

  it('across models, data sets and runs name the method and both sides, and say what is not paired', () => {
    const across = (changes: Partial<Comparison>): Comparison => ({
      ...{ dataset: one.dataset, model: one.model, engine: one.engine, metric: one.metric, scoredClass: one.scoredClass },
      ...{ setting: one.setting, measure: one.measure, samples: one.samples, difference: one.difference, interval: one.interval },
      ...{ first: 'a', second: 'b', method: 'sise', test: { name: 'welch', p: 0.01, holm: 0.02, family: 2 }, ...changes },
    });
    const models = formatComparisons([across({ across: 'models', first: 'cnn', second: 'vgg', higher: 3, lower: 4 })], 'table');
    expect(models).toMatch(/^on digits\nMethod +Model +Against .*Holm p$/m);
    expect(models).toMatch(/^sise +cnn +vgg +1000 .* 3 +4 +0\.0200$/m);
    const datasets = formatComparisons(
      [across({ across: 'datasets', first: 'digits', second: 'patches', otherSamples: 496 })],
      'table',
    );
    expect(datasets).toMatch(/^cnn\nMethod +Data set +Against/m);
    expect(datasets).toMatch(/^sise +digits +patches +1000 and 496, not paired .*\] +0\.0200$/m);
    expect(datasets).toContain('Welch’s t test where samples are not paired');
    const runs = { first: 'abcdefgh', second: 'abcdxyz' };
    const ofRuns = formatComparisons([across({ across: 'runs', ...runs, runs })], 'markdown');
    expect(ofRuns).toContain('| sise | abcde | abcdx |');
    const ofBoth = formatComparisons([across({ across: 'models', first: 'cnn', second: 'vgg', runs })], 'markdown');
    expect(ofBoth).toContain('| sise | cnn (abcde) | vgg (abcdx) |');
  });

  it('leave out what tables leave out, and what all methods have in common, unless nothing else was asked for', () => {
    const kept = { ...one, measure: 'kept' };
    expect(
      formatComparisons([one, kept, { ...one, metric: 'pointing-game', measure: 'regionArea' }], 'table', {
        describe: describeMeasure,
      }),
    ).toBe(formatComparisons([one], 'table', { describe: describeMeasure }));
    expect(formatComparisons([kept], 'table', { describe: describeMeasure })).toContain('kept');
    expect(formatComparisons([one, kept], 'csv').trim().split('\n')).toHaveLength(3);
  });

  it('are markdown and LaTeX with their characters escaped', () => {
    expect(formatComparisons(all, 'markdown', { describe: describeMeasure })).toContain('| a\\|b | random | 1 | -0.1235 |');
    expect(formatComparisons(all, 'markdown', { describe: describeMeasure })).toContain(
      '| sise | shap-deep | 1000 | 0.0000 [0.0000, 0.1000] |',
    );
    expect(formatComparisons(all, 'latex', { describe: describeMeasure })).toContain(
      'sise & random & 1000 & -0.1235 [-0.2000, -0.0469] & 310 & 690',
    );
  });

  it('are CSV and JSON with every digit', () => {
    const lines = formatComparisons(all, 'csv').split('\n');
    expect(lines[0]).toBe(
      'dataset,model,engine,metric,scoredClass,measure,first,second,setting,samples,difference,differenceLow,differenceHigh,higher,lower,across,method,firstRun,secondRun,otherSamples,test,p,holm,family',
    );
    expect(lines[1]).toBe(
      'digits,cnn,onnxruntime,drop-increase,predicted,drop,sise,random,"{""keepFraction"":0.3,""baseline"":""zero""}",1000,-0.123456,-0.2,-0.04691,310,690,methods,,,,,,,,',
    );
    expect(lines[3]).toMatch(/,1,-0\.123456,,,310,690,methods,/);
    expect(JSON.parse(formatComparisons(all, 'json'))).toEqual(JSON.parse(JSON.stringify(all)));
    expect(formatComparisons([], 'csv').trim().split('\n')).toHaveLength(1);
  });
});
