import { describe, expect, it } from 'vitest';
import {
  classBars,
  classTemplates,
  confusionFigure,
  featurePanels,
  imagePanels,
  keepCurves,
  keepMultiples,
  methodPoints,
  pairDifferences,
  settingPoints,
  precisionRecallCurves,
  reliabilityDiagram,
  renderPng,
  rocCurves,
  scoreDistributions,
  signalPanels,
  withFonts,
  type Figure,
} from '../src/index.js';
import { overlaps, placedTexts } from './svg-texts.js';

function classNames(count: number): string[] {
  return Array.from({ length: count }, (_, c) =>
    c % 3 === 1 ? `a very long name of a class & its number <${c}>` : `class ${c}`,
  );
}

function methodNames(count: number): string[] {
  const names = ['sise', 'shap-deep', 'shap-gradient draws=200 sampling=stratified background=train', 'grad-cam', 'gradient'];
  return Array.from({ length: count }, (_, m) => (m < names.length ? (names[m] ?? '') : `${names[m % 5] ?? ''} ${m}`));
}

const curve = { x: [0, 0.2, 0.5, 1], y: [0, 0.7, 0.9, 1] };
const shares = (count: number): number[] => Array.from({ length: count }, (_, c) => (c + 1) / (count + 1));

function figuresOfClasses(names: readonly string[]): Promise<Figure>[] {
  const count = names.length;
  const values = shares(count);
  const classes = names.map((name, c) => ({ name, area: values[c], ...curve }));
  return [
    classBars(
      {
        classes: names.map((name, c) => ({ name, value: c === 1 ? undefined : values[c], support: 40 })),
        overall: { label: 'overall', value: 0.5 },
      },
      { name: 'class-accuracy', title: 'Accuracy by class', measure: 'Accuracy' },
    ),
    rocCurves({ classes, averages: [{ name: 'micro average', area: 0.5, ...curve }] }),
    precisionRecallCurves({ classes, averages: [{ name: 'micro average', area: 0.5, ...curve }] }),
    ...(['samples', 'shares'] as const).map((values) =>
      confusionFigure({ classNames: names, counts: Array.from({ length: count * count }, (_, i) => (i % 7) * 13) }, { values }),
    ),
    classTemplates({ classes: names.map((name) => ({ name, series: { template: [1, 2, 3], mean: [2, 2, 2] } })) }),
  ];
}

function figuresOfMethods(names: readonly string[], keeps: readonly number[]): Promise<Figure>[] {
  const interval = { low: 0.1, high: 0.6 };
  const lower = 'lower is better';
  return [
    keepCurves(
      {
        axis: 'Keep fraction',
        measures: [
          { key: 'drop', title: 'Drop rate', direction: lower },
          { key: 'increase', title: 'Increase rate', direction: 'higher is better' },
        ],
        methods: names.map((name, m) => ({
          name,
          points: keeps.map((keep) => ({
            keep,
            values: {
              drop: { value: (1 - keep) * 0.1 * m, interval: { low: 0, high: 1 - keep } },
              increase: { value: keep / 2 },
            },
          })),
        })),
      },
      'Curves',
    ),
    keepMultiples(
      {
        ...{ axis: 'Keep fraction', measure: 'Drop rate', direction: lower },
        methods: names.map((name, m) => ({ name, points: keeps.map((keep) => ({ keep, value: keep / (m + 1), interval })) })),
      },
      'Apart',
    ),
    methodPoints(
      {
        measures: [
          { key: 'drop', title: 'Drop rate', direction: lower },
          { key: 'increase', title: 'Increase rate', direction: 'higher is better' },
        ],
        methods: names.map((name, m) => ({
          ...{ name, isControl: m === 1, chance: { drop: 0.2 } },
          values: { drop: { value: m / 20, interval }, increase: { value: 0.5 } },
        })),
        setting: 'keep 0.3',
      },
      'Methods',
    ),
    pairDifferences(
      {
        ...{ measure: 'Drop rate', direction: lower, setting: 'keep 0.3', best: 'sise' },
        others: names.map((name, m) => ({ name, difference: m / 20, interval: { low: m / 20 - 0.02, high: m / 20 + 0.02 } })),
      },
      'Differences',
    ),
    settingPoints(
      {
        ...{ measure: 'Drop rate', direction: lower, setting: 'keep 0.3', variants: ['baseline zero', 'baseline mean'] },
        methods: names.map((name) => ({ name, values: [{ value: 0.3, interval }, undefined] })),
      },
      'Settings',
    ),
    scoreDistributions({
      ...{ measure: 'Drop', setting: 'keep fraction 0.3', low: 0, high: 1 },
      methods: names.map((name) => ({ name, counts: [5, 0, 2, 9], mean: 0.4, quartiles: [0.1, 0.3, 0.7] })),
    }),
  ];
}

describe('figures', () => {
  it.each([2, 8, 10, 40])('of %i classes with long names have no overlapping labels and can be drawn', async (count) => {
    for (const figure of await Promise.all(figuresOfClasses(classNames(count)))) {
      const texts = placedTexts(figure.svg);
      expect(texts.length).toBeGreaterThan(Math.min(10, count));
      expect(overlaps(texts), figure.name).toEqual([]);
      expect(renderPng(figure.svg, { scale: 1 }).length).toBeGreaterThan(1000);
    }
  });

  it.each([
    [1, [0.1, 0.5, 0.9]],
    [9, [0.1, 0.5, 0.9]],
    [13, [0.1, 0.9]],
  ])('of %i methods have no overlapping labels and can be drawn (keep fractions %j)', async (count, keeps) => {
    for (const figure of await Promise.all(figuresOfMethods(methodNames(count), keeps))) {
      expect(overlaps(placedTexts(figure.svg)), figure.name).toEqual([]);
      expect(renderPng(figure.svg, { scale: 1 }).length).toBeGreaterThan(1000);
    }
  });

  it('of methods show every name whole, in the picture and in words', async () => {
    const names = methodNames(13);
    for (const figure of await Promise.all(figuresOfMethods(names, [0.1, 0.9]))) {
      expect(figure.svg.replace(/aria-label="[^"]*"/, ''), figure.name).not.toContain('…');
      expect(
        names.filter((name) => !figure.alt.includes(name)),
        figure.name,
      ).toEqual([]);
    }
  });

  it('of 1000 classes show some and say so', async () => {
    for (const figure of await Promise.all(figuresOfClasses(classNames(1000)))) {
      const notes = placedTexts(figure.svg).map(({ text }) => text);
      expect(
        notes.some((text) => text.includes('1000') || text.includes('other 990') || text.includes('other 991')),
        figure.name,
      ).toBe(true);
    }
  });

  it('are described in words', async () => {
    const [bars] = await Promise.all(figuresOfClasses(['benign', 'malignant & rare']));
    expect(bars?.alt).toBe('Bars: Accuracy by class. benign 0.333, malignant & rare no samples. overall 0.500.');
    expect(bars?.svg).toContain('role="img" aria-label="Bars: Accuracy by class. benign 0.333, malignant &amp; rare no samples.');
  });

  it('measure no more than the page is wide', async () => {
    const names = classNames(40);
    for (const figure of await Promise.all([...figuresOfClasses(names), ...figuresOfMethods(methodNames(9), [0.1, 0.9])])) {
      const width = Number(/width="([\d.]+)"/.exec(figure.svg)?.[1]);
      expect(width, figure.name).toBeLessThanOrEqual(760);
    }
  });

  it('carry their font when they stand alone', async () => {
    const figure = await reliabilityDiagram({
      bins: [{ low: 0, high: 1, samples: 4, confidence: 0.8, accuracy: 0.5 }],
      expectedError: 0.3,
    });
    expect(figure.svg).toContain("font-family=\"'Source Sans 3'");
    expect(withFonts(figure.svg)).toMatch(/^<svg[^>]*><defs><style>@font-face\{font-family:'Source Sans 3';font-weight:400/);
  });
});

describe('panels', () => {
  const signal = { shape: [6, 1], data: Float32Array.of(0, 1, 2, 1, 0, -1) };

  it('show signals, maps, templates and what is kept', async () => {
    const kept = [false, true, true, true, false, false];
    const data = {
      ...{ input: signal, template: { title: 'template of class 1', values: [0, 1, 1, 1, 0, 0] }, keep: 'keep 0.5' },
      maps: ['sise', 'random', 'gradient'].map((caption) => ({ caption, map: signal, kept })),
    };
    const figure = await signalPanels(data, { name: 'signals', title: 'Sample 3' });
    const texts = placedTexts(figure.svg);
    expect(overlaps(texts)).toEqual([]);
    const count = (title: string): number => texts.filter(({ text }) => text === title).length;
    expect(['Input', 'Template of class 1', 'sise', 'random', 'gradient', 'kept'].map(count)).toEqual([1, 1, 1, 1, 1, 3]);
    expect(figure.svg).toContain('what stays of the input at keep 0.5');
  });

  it('show no kept input where a setting keeps none', async () => {
    const maps = [{ caption: 'sise', map: signal }];
    const figure = await signalPanels({ input: signal, maps }, { name: 'signals', title: 'Sample 3' });
    expect(figure.svg).not.toContain('kept');
  });

  it.each([
    [1, 4],
    [5, 13],
    [9, 60],
  ])('show features of a table as bars, of %i maps and %i features', async (count, features) => {
    const values = (seed: number) => Array.from({ length: features }, (_, feature) => Math.sin(seed + 3 * feature));
    const maps = methodNames(count).map((method, seed) => ({
      ...{ caption: `${method}, drop rate 0.310`, map: values(seed) },
      kept: values(seed).map((value) => value > 0.5),
    }));
    const featureNames = classNames(features);
    const figure = await featurePanels(
      { input: values(7), featureNames, maps, keep: 'keep 0.3' },
      { name: 'features', title: 'Sample 3' },
    );
    const texts = placedTexts(figure.svg);
    expect(overlaps(texts)).toEqual([]);
    // Each panel row names the features it shows.
    const shown = Math.min(20, features);
    expect(texts.filter(({ text }) => / = -?[\d.]+$/.test(text))).toHaveLength(shown * Math.ceil(count / 3));
    expect(figure.svg.includes('the 20 of 60 features')).toBe(features === 60);
    expect(figure.svg).toContain('pale: what does not stay at keep 0.3');
  });

  it.each([1, 4, 9])('show images under %i maps', async (count) => {
    const image = { shape: [8, 8, 3], data: Float32Array.from({ length: 192 }, (_, i) => i / 192) };
    const map = { shape: [8, 8], data: Float32Array.from({ length: 64 }, (_, i) => i % 9) };
    const maps = methodNames(count).map((method) => ({ method, note: 'drop 0.310', map }));
    const samples = [
      { caption: 'Sample 3', image, maps },
      { caption: 'Sample 4', image, maps },
    ];
    const figure = await imagePanels({ samples }, { name: 'images', title: 'Maps' });
    expect(figure.svg.match(/<image /g)).toHaveLength(2 * (count + 1) + 2 * count);
    // Every map has a colour bar with its ends; 0 to 8 is not signed.
    expect(placedTexts(figure.svg).filter(({ text }) => text === '8')).toHaveLength(2 * count);
    expect(overlaps(placedTexts(figure.svg))).toEqual([]);
    expect(renderPng(figure.svg).length).toBeGreaterThan(1000);
  });

  it('put zero in the middle of the bar of a map with negative values', async () => {
    const image = { shape: [8, 8, 1], data: new Float32Array(64).fill(0.5) };
    const map = { shape: [8, 8], data: Float32Array.from({ length: 64 }, (_, i) => (i - 10) / 100) };
    const samples = [{ caption: 'Sample 3', image, maps: [{ method: 'gradient', map }] }];
    const figure = await imagePanels({ samples }, { name: 'images', title: 'Maps' });
    const bar = placedTexts(figure.svg).filter(({ text }) => ['−0.53', '0', '0.53'].includes(text));
    expect(bar.map(({ text }) => text).toSorted()).toEqual(['0', '0.53', '−0.53']);
    const [left, middle, right] = bar.toSorted((a, b) => a.left - b.left);
    expect(((left?.left ?? 0) + (right?.right ?? 0)) / 2).toBeCloseTo(((middle?.left ?? 0) + (middle?.right ?? 0)) / 2, 0);
  });

  it('shrink images that are larger than they are shown', async () => {
    const image = { shape: [600, 900, 1], data: new Float32Array(540_000).fill(0.5) };
    const map = { shape: [600, 900, 1], data: Float32Array.from({ length: 540_000 }, (_, i) => i % 900) };
    const figure = await imagePanels(
      { samples: [{ caption: 's', image, maps: [{ method: 'm', map }] }] },
      { name: 'i', title: 't' },
    );
    expect(figure.svg.length).toBeLessThan(100_000);
  });
});
