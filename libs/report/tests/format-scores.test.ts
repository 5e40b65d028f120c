import type { ScoreRow } from '@xaigrid/contracts';
import { expect, it } from 'vitest';
import { formatScores } from '../src/index.js';

const row = (scoredClass: string, drop: number): ScoreRow => ({
  ...{ evaluation: 0, dataset: 'd', model: 'm', method: 'sise', label: 'sise', metric: 'drop-increase', scoredClass },
  ...{ setting: { keepFraction: 0.3 }, sampleIndex: 7, trueClass: 1, predictedClass: 2, degenerate: false },
  measures: { drop },
});
const header = (text: string): string[] => (text.split('\n')[0] ?? '').split(/[\s,]+/);

it('says of every score which class it reads: always for programs, for people where there are several', () => {
  const both = [row('predicted', 0.5), row('0', 0.25)];
  expect(formatScores(both, 'csv').trim().split('\n')).toEqual([
    'dataset,model,method,metric,scoredClass,setting,sample,label,predicted,degenerate,drop',
    'd,m,sise,drop-increase,predicted,"{""keepFraction"":0.3}",7,1,2,false,0.5',
    'd,m,sise,drop-increase,0,"{""keepFraction"":0.3}",7,1,2,false,0.25',
  ]);
  expect(header(formatScores(both.slice(1), 'csv'))).toContain('scoredClass');
  expect(JSON.parse(formatScores(both, 'json'))).toMatchObject([{ scoredClass: 'predicted' }, { scoredClass: '0' }]);
  expect(header(formatScores(both, 'table'))).toContain('scoredClass');
  expect(formatScores(both, 'table')).toMatch(/predicted .* 0\.500000\n.* 0 .* 0\.250000/);
  expect(header(formatScores(both.slice(1), 'table'))).not.toContain('scoredClass');
});
