import type { Comparison } from '@xaigrid/contracts';
import { describe, expect, it } from 'vitest';
import { formatComparisons } from '../src/index.js';

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
  it('are a table whose lines say what they are about once', () => {
    expect(formatComparisons(all, 'table')).toBe(
      [
        'Dataset  Model  Setting  Measure        Method  Against    Samples                  Difference  Higher  Lower',
        '─────────────────────────────────────────────────────────────────────────────────────────────────────────────',
        'digits   cnn    0.3      Drop rate      sise    random        1000  -0.1235 [-0.2000, -0.0469]     310    690',
        '                                                shap-deep     1000     0.0000 [0.0000, 0.1000]       0      0',
        '                         Increase rate  a|b     random           1                     -0.1235     310    690',
        '',
      ].join('\n'),
    );
  });

  it('name engine and scored class where they differ', () => {
    const others = [one, { ...one, engine: 'tensorflow', scoredClass: 'label' }];
    expect(formatComparisons(others, 'markdown').split('\n')[0]).toBe(
      '| Dataset | Model | Engine | Scored class | Setting | Measure | Method | Against | Samples | Difference | Higher | Lower |',
    );
  });

  it('leave out what tables leave out, and what all methods have in common, unless nothing else was asked for', () => {
    const kept = { ...one, measure: 'kept' };
    expect(formatComparisons([one, kept, { ...one, measure: 'regionArea' }], 'table')).toBe(formatComparisons([one], 'table'));
    expect(formatComparisons([kept], 'table')).toContain('kept');
    expect(formatComparisons([one, kept], 'csv').trim().split('\n')).toHaveLength(3);
  });

  it('are markdown and LaTeX with their characters escaped', () => {
    expect(formatComparisons(all, 'markdown')).toContain('| a\\|b | random | 1 | -0.1235 |');
    expect(formatComparisons(all, 'latex')).toContain('sise & random & 1000 & -0.1235 [-0.2000, -0.0469] & 310 & 690');
  });

  it('are CSV and JSON with every digit', () => {
    const lines = formatComparisons(all, 'csv').split('\n');
    expect(lines[0]).toBe(
      'dataset,model,engine,metric,scoredClass,measure,first,second,setting,samples,difference,differenceLow,differenceHigh,higher,lower',
    );
    expect(lines[1]).toBe(
      'digits,cnn,onnxruntime,drop-increase,predicted,drop,sise,random,"{""keepFraction"":0.3,""baseline"":""zero""}",1000,-0.123456,-0.2,-0.04691,310,690',
    );
    expect(lines[3]).toMatch(/,1,-0\.123456,,,310,690$/);
    expect(JSON.parse(formatComparisons(all, 'json'))).toEqual(JSON.parse(JSON.stringify(all)));
    expect(formatComparisons([], 'csv').trim().split('\n')).toHaveLength(1);
  });
});
