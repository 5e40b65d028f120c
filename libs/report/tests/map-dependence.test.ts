import type { Comparison, TableRow } from '@xaigrid/contracts';
import { describeMeasure, metrics } from '@xaigrid/metrics';
import { describe, expect, it } from 'vitest';
import { formatComparisons } from '../src/index.js';
import { mapDependence } from '../src/map-dependence.js';
import { resultWarnings } from '../src/result-warnings.js';

const of = (metric: string, measure: string) => describeMeasure(metric, measure) ?? { title: measure };

describe('measures that depend on more of a map than its order', () => {
  it('are named in a sentence for each property, each once', () => {
    const measures = [of('infidelity', 'infidelity'), of('complexity', 'complexity'), of('sparseness', 'sparseness')];
    expect(mapDependence([...measures, ...measures, of('drop-increase', 'drop')])).toEqual([
      'Infidelity depends on the scale of a map: compare only methods whose maps have one unit and one target.',
      'Complexity, Sparseness depend on how many values a map has: compare only methods whose maps have one shape.',
    ]);
  });

  it('are spoken of where a table has several methods, not where it has one', () => {
    const row = (method: string): TableRow => ({
      ...{ runId: 'r', runName: 'r', evaluation: 0, dataset: 'd', model: 'm', method, label: method, engine: 'onnxruntime' },
      ...{ explainedClass: 'predicted', metric: 'complexity', scoredClass: 'predicted', setting: {} },
      ...{ samples: 200, planned: 200, degenerate: 0, measures: { complexity: { value: 2 }, zeroMaps: { value: 0 } } },
    });
    expect(resultWarnings([row('a')], metrics)).toEqual([]);
    expect(resultWarnings([row('a'), row('b')], metrics).map(({ kind }) => kind)).toEqual(['map-dependence']);
  });

  it('are spoken of below comparisons of methods, not of a method with itself', () => {
    const comparison: Comparison = {
      ...{ dataset: 'd', model: 'm', engine: 'onnxruntime', metric: 'complexity', scoredClass: 'predicted', setting: {} },
      ...{ measure: 'complexity', first: 'a', second: 'b', samples: 3, difference: 1, higher: 3, lower: 0 },
    };
    const said = 'depends on how many values a map has';
    expect(formatComparisons([comparison], 'table', { describe: describeMeasure })).toContain(said);
    const across = { ...comparison, across: 'runs' as const, method: 'a' };
    expect(formatComparisons([across], 'table', { describe: describeMeasure })).not.toContain(said);
  });
});
