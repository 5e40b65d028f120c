import { createHash } from 'node:crypto';
import type { RunDetails, TableRow } from '@xaigrid/contracts';
import { describe, expect, it } from 'vitest';
import {
  chooseMethods,
  galleryPanels,
  methodPairs,
  pageStart,
  pictureLimits,
  rankingFigures,
  rankings,
  reportPage,
  settingFigures,
  sweepFigures,
  type GallerySample,
  type ReportData,
} from '../src/index.js';
import { headline } from '../src/page/headlines.js';
import { methods, metrics } from './described-metrics.js';

const hostile = '<script>alert("1")</script>&\'"><img src=x onerror=alert(1)>\u0000';

function runOf(name: string): RunDetails {
  const evaluation = {
    ...{
      ordinal: 0,
      label: name,
      dataset: name,
      datasetFingerprint: 'd'.repeat(64),
      model: name,
      modelFingerprint: 'm'.repeat(64),
    },
    ...{
      method: name,
      methodVersion: 1,
      params: { layer: name },
      engine: 'onnxruntime' as const,
      explainedClass: 'predicted' as const,
    },
    ...{ seed: 0, samples: 50_000, settings: 1, mapSetKey: 'k'.repeat(64) },
  };
  return {
    ...{
      id: 'abcdefgh',
      name,
      state: 'done-with-failures',
      createdAt: '2026-01-02T03:04:05.678Z',
      ...{ priority: 0, tags: [], note: '', datasets: [name], models: [name], methods: [name] },
      specText: `# ${name}\nname: x`,
    },
    versions: { xaigrid: '0.1.0', node: 'v20.19.0', platform: name },
    progress: { samples: 50_000, explained: 50_000, scored: 50_000, failed: 0 },
    counters: { mapsComputed: 50_000, mapsReused: 0, scoresComputed: 50_000, scoresReused: 0 },
    evaluations: [evaluation],
    failures: [
      { evaluation: 0, shardId: 1, start: 0, end: 8, samples: 8, stage: 'explain', attempts: 3, code: 'INTERNAL', message: name },
    ],
  };
}

function rowOf(name: string): TableRow {
  return {
    ...{
      runId: 'abcdefgh',
      runName: name,
      evaluation: 0,
      dataset: name,
      model: name,
      method: name,
      label: name,
      engine: 'onnxruntime',
    },
    ...{ explainedClass: 'predicted', metric: 'drop-increase', scoredClass: 'predicted', setting: { keepFraction: 0.3 } },
    ...{ samples: 50_000, planned: 50_000, degenerate: 3 },
    measures: { drop: { value: 0.25, interval: { low: 0.2, high: 0.3 } }, increase: { value: 0.125 } },
  };
}

async function dataOf(name: string, samples: readonly GallerySample[] = []): Promise<ReportData> {
  const rows = [rowOf(name)];
  const table = { caption: name, columns: [{ title: name, align: 'left' as const }], rows: [[name]] };
  const setting = { keepFraction: 0.3 };
  const figures = await galleryPanels(samples, {
    name: 'gallery',
    title: name,
    limits: pictureLimits(samples.length * 11),
    setting,
  });
  return {
    ...{ runs: [runOf(name)], rows, metrics, methods, version: '0.1.0', results: await resultsOf(name, rows) },
    models: [{ title: name, note: name, facts: [{ name, value: name }], tables: [table], figures: [] }],
    gallery: [{ title: name, note: name, groups: [{ title: name, rule: name, table, figures }] }],
  };
}

async function resultsOf(title: string, rows: readonly TableRow[]): Promise<ReportData['results']> {
  const parts = rankings(rows, { metrics, controls: new Set(['random']) }).map((ranking) => {
    const chosen = chooseMethods(ranking, { most: 30 });
    const labels = chosen.shown.map(({ row }) => row.label);
    const samples = [0, 1, 2].map((sampleIndex) => ({
      ...{ sampleIndex, trueClass: 0, predictedClass: 0, degenerate: false },
      values: labels.map((_, at) => at / 10 + sampleIndex / (20 + at)),
    }));
    return { part: { ranking, chosen, pairs: methodPairs(labels, samples, { range: { low: 0, high: 1 } }) }, samples };
  });
  const drawn = [];
  for (const { part, samples } of parts) drawn.push({ ...part, figures: await rankingFigures(title, part, samples) });
  const figures = [];
  for (const part of drawn)
    figures.push(...(await sweepFigures({ title, rows }, part)), ...(await settingFigures({ title, rows }, part)));
  return [{ title, rows, rankings: drawn, figures }];
}

/** Noise: what PNG compresses least. */
function noise(shape: readonly number[]): { readonly shape: readonly number[]; readonly data: Float32Array<ArrayBuffer> } {
  let state = 1;
  const data = Float32Array.from({ length: shape.reduce((product, extent) => product * extent, 1) }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  });
  return { shape, data };
}

describe('curves of a run', () => {
  const swept = (label: string, changes: Partial<TableRow> = {}): TableRow[] =>
    [0.1, 0.3].map((keepFraction) => ({ ...rowOf(label), dataset: 'd', model: 'm', setting: { keepFraction }, ...changes }));
  const figuresOf = async (rows: readonly TableRow[]) => (await resultsOf('m on d', rows)).flatMap(({ figures }) => figures);

  it('draw rates that are divided by something else apart', async () => {
    const divided = swept('sise', { divisor: 1000, measures: { drop: { value: 0.01 } } });
    const figures = await figuresOf([...divided, ...swept('sise')]);
    expect(figures.map(({ name }) => name)).toEqual(['keep-curves-divisor-1000', 'keep-curves']);
    expect(figures.map(({ alt }) => alt.includes('sise from 0.250'))).toEqual([false, true]);
  });

  it('of more than six methods are drawn apart, a plot a method and a figure a measure', async () => {
    const labels = Array.from({ length: 13 }, (_, at) => `method ${at}`);
    const figures = await figuresOf(labels.flatMap((label) => swept(label)));
    expect(figures.map(({ name }) => name)).toEqual(['keep-multiples-drop', 'keep-multiples-increase']);
    for (const { alt, svg } of figures) {
      expect(labels.filter((label) => !alt.includes(label) || !svg.includes(`>${label}<`))).toEqual([]);
    }
  });

  it('set baselines side by side', async () => {
    const rows = ['zero', 'mean'].flatMap((baseline) =>
      ['a', 'b'].map((label) => ({ ...rowOf(label), dataset: 'd', model: 'm', setting: { keepFraction: 0.3, baseline } })),
    );
    const [figure] = await figuresOf(rows);
    expect(figure?.alt).toContain('a: baseline zero 0.250, baseline mean 0.250');
  });
});

describe('what a ranking comes to', () => {
  const parts = (values: Readonly<Record<string, readonly number[]>>) => {
    const labels = Object.keys(values);
    const rows = labels.map((label) => {
      const own = values[label] ?? [];
      return { ...rowOf(label), measures: { drop: { value: own.reduce((sum, value) => sum + value, 0) / own.length } } };
    });
    const [ranking] = rankings(
      rows.map((row) => ({ ...row, dataset: 'd', model: 'm' })),
      { metrics, controls: new Set(['random']) },
    );
    if (ranking === undefined) throw new Error('nothing is ranked');
    const samples = [0, 1, 2, 3].map((sampleIndex) => ({
      ...{ sampleIndex, trueClass: 0, predictedClass: 0, degenerate: false },
      values: labels.map((label) => values[label]?.[sampleIndex] ?? NaN),
    }));
    const chosen = chooseMethods(ranking, { most: 30 });
    return { ranking, chosen, pairs: methodPairs(labels, samples, { range: { low: 0, high: 1 } }), figures: [] };
  };
  const random = [0.5, 0.6, 0.7, 0.8];
  const better = [0.1, 0.2, 0.35, 0.4];
  // Its mean is 0.55 against 0.65, but the interval of their difference is [-0.34, 0.14].
  const unsure = [0.2, 0.3, 0.7, 1];
  const worse = [0.7, 0.8, 0.9, 1.01];

  it('says that a method beats a control only where the samples tell the two apart', () => {
    expect(headline(parts({ better, random })).markup).toContain('the method beats it.');
    expect(headline(parts({ better, unsure, worse, random })).markup).toContain(
      '1 of 3 methods beats it; not told apart from it, sample by sample: unsure; worse than it: worse.',
    );
  });

  it('says that nothing was compared where no pairs are', () => {
    expect(headline({ ...parts({ better, random }), pairs: [] }).markup).toContain(
      'the methods are not compared with it sample by sample here',
    );
  });
});

describe('the page of a run', () => {
  it('escapes whatever names, texts and messages hold', async () => {
    const page = reportPage(await dataOf(hostile));
    // One script: our own, which the policy allows by its hash.
    expect(page.slice(pageStart.length).match(/<(script|img)\b/gi)).toEqual(['<script']);
    const [, script = ''] = /<script>([^]*?)<\/script>/.exec(page) ?? [];
    expect(page).toContain(`script-src 'sha256-${createHash('sha256').update(script).digest('base64')}'`);
    expect(page).not.toContain('\u0000');
    expect(page).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;');
  });

  it('begins with what the results come to, and leaves no method out', async () => {
    const labels = Array.from({ length: 13 }, (_, at) => `method ${at}`);
    const about = { dataset: 'd', model: 'm' };
    const rows = [...labels, 'random'].map((label, at) => ({
      ...rowOf(label),
      ...about,
      measures: { drop: { value: at / 20 } },
    }));
    const page = reportPage({ ...(await dataOf('plain')), rows, results: await resultsOf('m on d', rows) });
    const sections = [...page.matchAll(/<section id="([a-z]+)"/g)].map(([, id]) => id);
    expect(sections).toEqual(['results', 'curves', 'pairs', 'gallery', 'numbers', 'model', 'run']);
    const parts = new Map(page.split('<section id="').map((part) => [part.slice(0, part.indexOf('"')), part]));
    for (const id of ['results', 'curves', 'pairs', 'numbers']) {
      expect([...labels, 'random'].filter((label) => parts.get(id)?.includes(label) !== true)).toEqual([]);
    }
    expect(parts.get('results')).toMatch(/best is\s+<strong>method 0<\/strong>/);
    expect(parts.get('results')).toContain('random (control)');
    expect(parts.get('results')).toContain('every method beats it');
  });

  it('says which scored class each sentence, table and figure is about where there are several', async () => {
    const classes = ['predicted', '0'];
    const all = classes.flatMap((scoredClass) =>
      ['a', 'b', 'random'].flatMap((label, at) =>
        [0.1, 0.3].map((keepFraction) => ({
          ...rowOf(label),
          ...{ dataset: 'd', model: 'm', scoredClass, setting: { keepFraction } },
          measures: { drop: { value: (at + 1) / 10 } },
        })),
      ),
    );
    const results = await resultsOf('m on d', all);
    const page = reportPage({ ...(await dataOf('plain')), rows: all, results });
    for (const scoredClass of classes) {
      expect(page).toMatch(new RegExp(`</strong> \\(lower is better\\) at keep 0.1, scored class ${scoredClass}: best is`));
      expect(page).toContain(`<span>Drop and increase at keep 0.1, scored class ${scoredClass}, of 2 settings`);
      expect(page).toContain(`<span>Drop rate (lower is better) at keep 0.1, scored class ${scoredClass}: m on d.</span>`);
    }
    const figures = results.flatMap(({ figures: drawn, rankings: parts }) => [
      ...parts.flatMap((part) => part.figures),
      ...drawn,
    ]);
    expect(figures).toHaveLength(2 * 4);
    const ofClass = (scoredClass: string) =>
      figures.filter(
        ({ title, name }) => title.includes(`scored class ${scoredClass}`) && name.includes(`scored-class-${scoredClass}`),
      );
    expect(classes.map((scoredClass) => ofClass(scoredClass).length)).toEqual([4, 4]);
    const [only] = await resultsOf(
      'm on d',
      all.filter(({ scoredClass }) => scoredClass === '0'),
    );
    const drawn = [...(only?.rankings.flatMap((part) => part.figures) ?? []), ...(only?.figures ?? [])];
    expect(drawn.filter(({ title, name }) => /scored.class/.test(title + name))).toEqual([]);
  });

  it('says in each part that is not of all pairs of model and data set that it is not', async () => {
    const data = await dataOf('plain');
    const page = reportPage({ ...data, results: [...data.results, ...data.results, ...data.results] });
    const parts = page.split('<section id="').filter((part) => part.includes('the first 1 of 3 pairs of model and data set'));
    expect(parts.map((part) => part.slice(0, part.indexOf('"')))).toEqual(['curves', 'gallery', 'model']);
  });

  it('says what the methods that were run are, and whose', async () => {
    const data = await dataOf('any');
    const page = reportPage({
      ...data,
      runs: data.runs.map((run) => ({ ...run, evaluations: run.evaluations.map((one) => ({ ...one, method: 'sise' })) })),
    });
    expect(page).toMatch(
      /<dt>The method sise \(<code>sise<\/code>\)<\/dt>\s*<dd>It &lt;draws&gt;\. Source: A paper &amp; more\.<\/dd>/,
    );
    expect(page).not.toContain('The method elsewhere');
    expect(reportPage(data)).not.toContain('What the methods are');
  });

  it('names what failed, and does not call the time between start and end work', async () => {
    const data = await dataOf('plain');
    const times = { startedAt: '2026-01-02T03:04:05.000Z', finishedAt: '2026-01-02T05:04:05.000Z' };
    const page = reportPage({ ...data, runs: [{ ...runOf('plain'), ...times }] });
    expect(page).toMatch(/<dt>From first start to last end<\/dt>\s*<dd class="">2 h 0 min<\/dd>/);
    expect(page).toContain('In evaluation 0 (plain), samples 0 to 7, explain: INTERNAL: plain');
  });

  it('of several runs tells them apart', async () => {
    const data = await dataOf('plain');
    const page = reportPage({ ...data, runs: [runOf('first try'), { ...runOf('second try'), id: 'ijklmnop' }] });
    expect(page).toContain('<h1>first try, second try</h1>');
    expect(page).toContain('Report of 2 runs');
    expect(page).toMatch(/Run ijklmnop \(second try\)/);
  });

  it('is the same for the same data, and names no address', async () => {
    const page = reportPage(await dataOf('plain'));
    expect(reportPage(await dataOf('plain'))).toBe(page);
    const addresses = (page.match(/https?:[^"' )]*/g) ?? []).filter((address) => !address.startsWith('http://www.w3.org/'));
    expect(addresses).toEqual([]);
    expect(page).toContain("default-src 'none'");
  });

  it('steps through headings one level at a time, from one first heading', async () => {
    const page = reportPage(await dataOf('plain'));
    const levels = [...page.matchAll(/<h([1-6])/g)].map(([, level]) => Number(level));
    expect(levels[0]).toBe(1);
    expect(levels.filter((level) => level === 1)).toHaveLength(1);
    expect(levels.filter((level, at) => level > (levels[at - 1] ?? 0) + 1)).toEqual([]);
  });

  it.each([
    ['large images that do not compress', [256, 256, 3], [256, 256]],
    ['long signals', [16_000, 1], [16_000]],
  ])(
    'stays under 15 MB with the most pictures a gallery has, of %s',
    async (_, inputShape, mapShape) => {
      const input = noise(inputShape);
      const map = noise(mapShape);
      // Six pairs of model and data set, four rules, three samples, ten methods each.
      const samples = Array.from({ length: 72 }, (__, at): GallerySample => ({
        caption: `Sample ${at}`,
        input,
        maps: Array.from({ length: 10 }, (___, method) => ({ method: `method ${method}`, note: 'drop 0.5', map })),
      }));
      const page = reportPage(await dataOf('large', samples));
      expect(Buffer.byteLength(page)).toBeLessThan(15_000_000);
      expect(Buffer.byteLength(page)).toBeGreaterThan(4_000_000);
    },
    240_000,
  );
});
