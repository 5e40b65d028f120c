import { metricCategories } from '@xaigrid/contracts';
import { describe, expect, it } from 'vitest';
import { metrics } from '../src/index.js';

describe('the list of metrics', () => {
  it('has each once, those of a category together', () => {
    const names = metrics.map(({ metric }) => metric);
    expect(names).toEqual([...new Set(names)]);
    const categories = metrics.map(({ category }) => category);
    const runs = categories.filter((category, at) => category !== categories[at - 1]);
    expect(runs).toEqual([...new Set(categories)]);
  });
});

describe.each(metrics)(
  'what $metric says of itself',
  ({ title, summary, category, source, headline, sweeps = [], measures, version }) => {
    const named = (name: string) => measures.find((measure) => measure.name === name);

    it('is whole: title, category, source, version', () => {
      expect([title, summary, source].filter((text) => text.trim() === '')).toEqual([]);
      expect(metricCategories).toContain(category);
      expect(version).toBeGreaterThanOrEqual(1);
    });
    it('ranks by a result that has a direction and an interval', () => {
      expect(named(headline)).toMatchObject({ role: 'result' });
      expect(named(headline)?.direction).toBeDefined();
      expect(['mean', 'share']).toContain(named(headline)?.aggregate);
    });
    it('names every measure once, with a title of its own and what it means', () => {
      expect(new Set(measures.map(({ name }) => name)).size).toBe(measures.length);
      expect(new Set(measures.map((measure) => measure.title)).size).toBe(measures.length);
      expect(measures.filter(({ meaning }) => !/^[A-Z].*\.?$/.test(meaning))).toEqual([]);
    });
    it('warns by checks alone, and gives results a direction', () => {
      expect(measures.filter(({ role, warning }) => warning !== undefined && role !== 'check')).toEqual([]);
      expect(measures.filter(({ role, direction }) => role === 'result' && direction === undefined)).toEqual([]);
    });
    it('takes chance from a number or a measure it has', () => {
      const sources = measures.flatMap(({ chance }) => (typeof chance === 'object' ? [chance.measure] : []));
      expect(sources.filter((name) => named(name) === undefined)).toEqual([]);
      expect(new Set(sweeps.map(({ key }) => key)).size).toBe(sweeps.length);
    });
  },
);
