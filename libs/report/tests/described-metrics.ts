import type { MeasureDescription, MethodDescription, MetricDescription } from '@xaigrid/contracts';

function measure(name: string, title: string, changes: Partial<MeasureDescription> = {}): MeasureDescription {
  return { name, title, aggregate: 'mean', meaning: `${title}.`, role: 'result', range: { low: 0, high: 1 }, ...changes };
}

/** What metrics say of themselves, as far as tests here need it. */
export const metrics: readonly MetricDescription[] = [
  {
    ...{ metric: 'drop-increase', title: 'Drop and increase', summary: 's', category: 'faithfulness', source: 'a paper' },
    headline: 'drop',
    sweeps: [{ key: 'keepFraction', title: 'Keep fraction' }],
    measures: [
      measure('drop', 'Drop rate', { direction: 'lower' }),
      measure('increase', 'Increase rate', { direction: 'higher', aggregate: 'share' }),
      measure('maskedProbability', 'Output kept', { role: 'detail' }),
      measure('maskedClass', 'Collapse', {
        ...{ aggregate: 'collapse', role: 'check', range: { low: 0 } },
        warning: { from: 0.8, text: 'masked inputs go to one class' },
      }),
      measure('ties', 'Tied', { aggregate: 'count', role: 'check', warning: { text: 'values are equal' } }),
      measure('kept', 'kept', { role: 'detail' }),
    ],
  },
  {
    ...{ metric: 'pointing-game', title: 'Pointing games', summary: 's', category: 'localisation', source: 'a paper' },
    headline: 'energyPointing',
    measures: [
      measure('energyPointing', 'Energy pointing game', { direction: 'higher', chance: { measure: 'regionArea' } }),
      measure('pointing', 'Pointing game', { direction: 'higher', aggregate: 'share', chance: { measure: 'regionArea' } }),
      measure('regionArea', 'Region area', { role: 'reference' }),
      measure('noMass', 'No mass', { aggregate: 'count', role: 'check', warning: { text: 'the map is zero' } }),
    ],
  },
];

/** What methods say of themselves; one of them is of no run here. */
export const methods: readonly MethodDescription[] = ['sise', 'elsewhere'].map((method) => ({
  ...{ method, title: `The method ${method}`, summary: 'It <draws>.', family: 'cam', source: 'A paper & more.' },
}));
