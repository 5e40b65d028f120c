import type { MethodRanking, RankAgreement, RankColumn } from '@xaigrid/contracts';
import { describe, expect, it } from 'vitest';
import { formatRankings } from '../src/index.js';
import { metrics } from './described-metrics.js';

const describeMeasure = (name: string, measure: string) =>
  metrics.find(({ metric }) => metric === name)?.measures.find((candidate) => candidate.name === measure);

/** A ranking of methods that are in the order of each list of ranks. */
function ranking(
  methods: readonly string[],
  columns: readonly Partial<RankColumn>[],
  agreements: readonly RankAgreement[] = [],
): MethodRanking {
  const whole = columns.map((column, at): RankColumn => {
    const ranks = column.ranks ?? methods.map((_, method) => method + 1);
    return {
      ...{ metric: 'drop-increase', measure: 'drop', direction: 'lower', scoredClass: 'predicted', settings: 1 },
      ...{ setting: { keepFraction: (at + 1) / 10, baseline: 'zero' }, ranks },
      values: ranks.map((rank) => (rank === null ? null : rank / 8)),
      ...column,
    };
  });
  return {
    ...{ dataset: 'digits', model: 'cnn', unranked: [], agreements: [...agreements], columns: whole },
    methods: methods.map((label, at) => {
      const ranks = whole.flatMap((column) => column.ranks[at] ?? []).sort((a, b) => a - b);
      const meanRank = ranks.length === 0 ? null : ranks.reduce((sum, rank) => sum + rank, 0) / ranks.length;
      return {
        ...{ runId: 'abcdef', runName: 'r', label, method: label, engine: 'onnxruntime', control: label === 'random' },
        ...{ ranked: ranks.length, meanRank, medianRank: ranks[Math.floor(ranks.length / 2)] ?? null },
      };
    }),
  };
}

const insertion = { metric: 'pointing-game', measure: 'energyPointing', direction: 'higher', setting: {} } as const;

function agreement(first: number, second: number, low: number, high: number): RankAgreement {
  const verdict = low > 0 ? 'agree' : high < 0 ? 'contradict' : 'open';
  const over = { tau: (low + high) / 2, interval: { low, high }, verdict } as const;
  return {
    ...{ first, second, methods: 3, overMethods: { ...over, rho: over.tau, rhoInterval: over.interval } },
    overSamples: { ...over, samples: 40 },
  };
}

describe('a ranking', () => {
  it('of two methods by one metric is said in a few lines, with values', () => {
    expect(formatRankings([ranking(['sise', 'shap'], [{}])], 'table', { describe: describeMeasure, width: 80 })).toBe(
      [
        'cnn on digits: 2 methods ranked by 1 metric',
        '   Method  Mean rank  Median rank',
        '─────────────────────────────────',
        'A  sise            1            1',
        'B  shap            2            2',
        '',
        'Drop rate ↓  A 0.125  B 0.250',
        '↓ lower is better, ↑ higher is better; the best first, = equal, rounding aside.',
        'Each metric by its headline measure; --all ranks by every measure at every',
        'setting.',
        '',
        'There is one metric alone: there is none that it could agree with.',
        '',
      ].join('\n'),
    );
  });

  const many = ranking(
    Array.from({ length: 15 }, (_, at) => `integrated-gradients steps=${at}`),
    Array.from({ length: 29 }, (_, at) =>
      at % 2 === 0 ? { settings: 3 } : { settings: 3, ranks: Array.from({ length: 15 }, (__, method) => 15 - method) },
    ),
    Array.from({ length: 28 }, (_, at) =>
      agreement(at, at + 1, at < 12 ? -0.5 - at / 100 : 0.1, at < 12 ? -0.0004 : 0.5 + at / 100),
    ),
  );

  it.each([80, 60, 120])('of 15 methods by 29 metrics fits %i columns, and says what was left out', (width) => {
    const text = formatRankings([many], 'table', { describe: describeMeasure, width });
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(width);
    if (width >= 80) expect(text).toContain('A B C D E F G H I J K L M N O\n');
    if (width >= 80) expect(text).toContain('O N M L K J I H G F E D C B A\n');
    expect(text.replaceAll('\n', ' ')).toContain('Values are left out to fit; --format csv has them.');
    // Ten of those that contradict each other; a bound that rounds to 0 gets digits.
    expect(text.split('\n').filter((line) => line.includes(', -0.0004]'))).toHaveLength(10);
    expect(text.replaceAll('\n', ' ')).toContain('18 more pairs: --agreement.');
    expect(text.replaceAll('\n', ' ')).toContain('By means 16 agree, 12 contradict; by samples 16 agree, 12 contradict.');
    const all = formatRankings([many], 'table', { describe: describeMeasure, width, agreement: true });
    expect(Math.max(...all.split('\n').map((line) => line.length))).toBeLessThanOrEqual(width);
    expect(all.match(/^Drop rate .*\sand\s+Drop rate /gm)).toHaveLength(28);
  });

  it('shows equal methods as equal, and the setting where there are several', () => {
    const text = formatRankings([ranking(['a', 'b', 'c'], [{ ranks: [1.5, 1.5, 3], settings: 2 }])], 'table', {
      describe: describeMeasure,
    });
    expect(text).toContain('Drop rate ↓, keep 0.1, baseline zero  A=B 0.188  C 0.375');
    expect(text).toContain('Of several settings, the one at which the methods lie furthest apart.');
  });

  it.each([
    [
      'a method without scores',
      ranking(['a', 'b', 'c'], [{}, { ...insertion, ranks: [1, 2, null] }]),
      'c has no scores for Energy pointing game ↑.',
    ],
    ['one method alone', ranking(['a'], [{}]), 'There is one method alone, a: ranks need another.'],
    [
      'fewer than three methods',
      ranking(['a', 'b', 'random'], [{}, insertion]),
      'Agreement of metrics has no meaning below three methods besides the control random: there are 2.',
    ],
    [
      'a control',
      ranking(['a', 'b', 'c', 'random'], [{}, insertion], [agreement(0, 1, 0.1, 0.2)]),
      'Agreement is of the methods besides the control random.',
    ],
    [
      'a measure without direction',
      { ...ranking(['a', 'b'], [{}]), unranked: [{ metric: 'x', measure: 'y' }] },
      'Not ranked, since neither high nor low is better: y.',
    ],
    [
      'no measure at all',
      ranking(['a', 'b'], []),
      'Nothing here has a better and a worse: no measure with a direction has scores.',
    ],
    [
      'too many columns',
      ranking(
        ['a', 'b', 'c'],
        Array.from({ length: 61 }, () => ({})),
      ),
      'Agreement is computed for at most 60 columns, not for 61: choose with --metric, --keep or --baseline.',
    ],
  ])('says of %s one sentence, also in JSON', (_, one, sentence) => {
    expect(formatRankings([one], 'table', { describe: describeMeasure }).split('\n')).toContain(sentence);
    const [{ notes }] = JSON.parse(formatRankings([one], 'json', { describe: describeMeasure })) as [{ notes: string[] }];
    expect(notes).toContain(sentence);
  });

  it('tells methods of several runs apart', () => {
    const two = ranking(['a', 'a'], [{}]);
    const runs = { ...two, methods: two.methods.map((method, at) => ({ ...method, runId: ['abcdef', 'abcxyz'][at] ?? '' })) };
    expect(formatRankings([runs], 'markdown')).toContain('| a (abcd) | 1 | 1 |');
    expect(formatRankings([runs], 'markdown')).toContain('| a (abcx) | 2 | 2 |');
  });

  it('is CSV with every digit, a row a method and metric; agreement a row a pair', () => {
    const one = ranking(['a', 'b'], [{}, { ...insertion, ranks: [1, null] }], [agreement(0, 1, -0.123456, 0.5)]);
    const lines = formatRankings([one], 'csv').trim().split('\n');
    expect(lines).toHaveLength(5);
    expect(lines[1]).toBe(
      'digits,cnn,a,abcdef,onnxruntime,false,1,1,drop-increase,drop,lower,predicted,"{""keepFraction"":0.1,""baseline"":""zero""}",0.125,1,,',
    );
    expect(lines[4]).toBe('digits,cnn,b,abcdef,onnxruntime,false,2,2,pointing-game,energyPointing,higher,predicted,{},,,,');
    const [header, pair, ...others] = formatRankings([one], 'csv', { agreement: true }).trim().split('\n');
    expect(others).toEqual([]);
    expect(header?.split(',').slice(0, 4)).toEqual(['dataset', 'model', 'metric', 'measure']);
    expect(pair).toContain(',3,0.188272,-0.123456,0.5,open,0.188272,-0.123456,0.5,40,0.188272,-0.123456,0.5,open');
  });

  it('is LaTeX and Markdown with values and ranks', () => {
    const one = ranking(['a', 'b'], [{}]);
    expect(formatRankings([one], 'markdown', { describe: describeMeasure })).toContain('| b | 2 | 2 | 0.250 (2) |');
    expect(formatRankings([one], 'latex', { describe: describeMeasure })).toContain('b & 2 & 2 & 0.250 (2) \\\\');
  });

  it('marks the methods whose scores something speaks against, and says which means are of other samples', () => {
    const one = ranking(
      ['sise', 'shap', 'random'],
      [
        {
          ranks: [1, 2.5, 2.5],
          values: [0.1, 0.5, 0.5],
          against: [[], ['collapse', 'ties'], ['degenerate']],
          samples: [60, 40, 60],
        },
        { ...insertion },
      ],
    );
    const text = formatRankings([one], 'table', { describe: describeMeasure, width: 100 });
    expect(text).toContain('Drop rate ↓');
    expect(text).toContain('A 0.100  B(ct)=C(d) 0.500');
    expect(text).toContain('In brackets: what speaks against the scores of a method there.');
    expect(text).toMatch(/\n {2}d {2}some maps are the same everywhere, and count in the means\n {2}c {2}masked inputs/);
    expect(text.replaceAll('\n', ' ')).toContain(
      'Not all methods have scores of as many samples, so means are of different samples: Drop rate ↓ (40 to 60). "xaigrid compare"',
    );
    expect(formatRankings([one], 'csv').split('\n')[3]).toMatch(/,0\.5,2\.5,40,collapse ties$/);
    expect(formatRankings([one], 'markdown', { describe: describeMeasure })).toMatch(
      /\| shap .*\| Drop rate ↓: collapse, ties \|\n/,
    );
  });
});
