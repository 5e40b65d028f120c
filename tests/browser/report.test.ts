/// <reference lib="dom" />
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { AxeResults } from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { comparisonsAnswerSchema } from '@xaigrid/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { finish, repository } from '../support/processes.js';
import { launchChromium } from './chromium.js';

/** Signals and images, of two models; a comment that would be markup if it were not escaped. */
const comment = '# </code></pre><img src=x onerror="document.title=1"> & <script>alert(1)</script>';

function spec(): string {
  const json = JSON.stringify({
    name: 'browser',
    limit: 24,
    datasets: {
      mnist1d: { kind: 'mnist1d', split: 'test' },
      patches: { kind: 'texture-patches', split: 'test', size: 24 },
    },
    models: {
      cnn: { path: `${repository}models/mnist1d-cnn/model.json` },
      vgg: { path: `${repository}models/texture-patches-vgg/model.json` },
    },
    evaluations: [
      { dataset: 'mnist1d', model: 'cnn' },
      { dataset: 'patches', model: 'vgg' },
    ].map((pair) => ({
      ...pair,
      explainers: [
        ...[{ method: 'sise' }, { method: 'random' }],
        // Thirteen methods: none may be left out.
        ...(pair.model === 'cnn'
          ? [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11].map((steps) => ({ method: 'integrated-gradients', name: `ig ${steps}`, steps }))
          : []),
      ],
      metrics: [
        { metric: 'drop-increase', keepFractions: [0.2, 0.6] },
        ...(pair.model === 'vgg' ? [{ metric: 'pointing-game' }, { metric: 'deletion-insertion', steps: 4 }] : []),
      ],
    })),
  });
  return `${comment}\n${json}\n`;
}

/** As tables print a difference. */
function tidy(value: number): string {
  return value.toFixed(4).replace(/^-(?=0\.0000$)/, '');
}

describe('the report of a run, in a browser', () => {
  let folder = '';
  let browser: Browser;
  let page: Page;
  let report = '';
  const requests: string[] = [];
  const complaints: string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xaigrid-browser-'));
    browser = await launchChromium();
    await writeFile(join(folder, 'spec.yaml'), spec());
    const run = await finish('xaigrid', ['run', 'spec.yaml'], { folder });
    expect(run.status, run.stderr).toBe(0);
    const written = await finish('xaigrid', ['report', 'latest', '--out', 'report.html'], { folder });
    expect(written.status, written.stderr).toBe(0);
    expect(written.stdout).toBe('report.html\n');
    report = join(folder, 'report.html');
    page = await browser.newPage({ viewport: { width: 1100, height: 900 } });
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => requests.push(request.url()));
    await page.goto(pathToFileURL(report).href);
  });
  afterAll(async () => {
    await browser.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('opens from a file without a complaint and asks the network for nothing', () => {
    expect(complaints).toEqual([]);
    expect(requests.filter((url) => !url.startsWith('file:') && !url.startsWith('data:'))).toEqual([]);
    expect(requests.filter((url) => url.startsWith('file:'))).toEqual([pathToFileURL(report).href]);
  });

  it('shows the spec as it was written, markup and all', async () => {
    expect(await page.locator('pre').textContent()).toBe(spec());
    expect(await page.locator('main img').count()).toBe(0);
    expect(await page.locator('script').count()).toBe(1);
  });

  it('shows every figure, with words for it', async () => {
    const figures = await page.locator('figure svg').evaluateAll((elements) =>
      elements.map((element) => {
        const { width, height } = element.getBoundingClientRect();
        return { width, height, role: element.getAttribute('role'), words: element.getAttribute('aria-label') ?? '' };
      }),
    );
    // Two models with seven figures each, templates, sweeps (apart for thirteen methods), three figures a ranking, and samples of four rules:
    // signals one by one, images together.
    expect(figures.length).toBeGreaterThanOrEqual(14 + 1 + 3 + 4 * 3 + 6);
    expect(figures.filter(({ width, height }) => width < 100 || height < 50)).toEqual([]);
    expect(figures.filter(({ role, words }) => role !== 'img' || words.length < 20)).toEqual([]);
  });

  it('draws the pictures of image samples', async () => {
    const pictures = await page.locator('figure svg image').evaluateAll((elements) =>
      elements.map((element) => {
        const address = element.getAttribute('href') ?? element.getAttribute('xlink:href') ?? '';
        return { inside: address.startsWith('data:image/png;base64,'), width: element.getBoundingClientRect().width };
      }),
    );
    expect(pictures.length).toBeGreaterThan(6);
    expect(pictures.filter(({ inside, width }) => !inside || width === 0)).toEqual([]);
  });

  it('shows the differences that compare prints, for both models', async () => {
    const { stdout } = await finish('xaigrid', ['compare', 'latest', '--format', 'json'], { folder });
    const printed: unknown = JSON.parse(stdout);
    const { comparisons } = comparisonsAnswerSchema.parse({ comparisons: printed });
    // Pairs stand in the order of ranks here.
    const known = new Set(
      comparisons.flatMap(({ first, second, difference }) => [
        `${first} ${second} ${tidy(difference)}`,
        `${second} ${first} ${tidy(-difference)}`,
      ]),
    );
    const captions = await page.locator('#pairs caption').allTextContents();
    expect(
      captions.map((caption) =>
        caption
          .trim()
          .replace(/0\.[26]/, 'x')
          .replace(/ \(.*?\)/, ''),
      ),
    ).toEqual([
      'Drop rate at keep x, baseline zero: cnn on mnist1d.',
      'Drop rate at keep x, baseline zero: vgg on patches.',
      'Energy pointing game at positive values: vgg on patches.',
      'Insertion at steps 4, orders 8, baseline zero: vgg on patches.',
    ]);
    const shown = await page.locator('#pairs tbody tr').evaluateAll((rows) =>
      rows.map((row) => {
        const cells = [...row.children].map((cell) => cell.textContent.trim());
        return `${cells[0] ?? ''} ${cells[1] ?? ''} ${cells[3]?.split(' ')[0] ?? ''}`;
      }),
    );
    // Every pair of thirteen methods, and of two by three metrics.
    expect(shown).toHaveLength((13 * 12) / 2 + 3);
    expect(shown.filter((row) => !known.has(row))).toEqual([]);
  });

  it('ranks, draws and shows every method: thirteen, the best and the control among them', async () => {
    const labels = ['sise', 'random', ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11].map((steps) => `ig ${steps}`)];
    const ranked = await page.locator('#results table').first().locator('tbody th').allTextContents();
    expect(ranked.map((name) => name.trim().replace(' (control)', '')).toSorted()).toEqual(labels.toSorted());
    for (const part of ['#curves', '#gallery']) {
      const words = (
        await page.locator(`${part} svg`).evaluateAll((all) => all.map((one) => one.getAttribute('aria-label')))
      ).join();
      expect(labels.filter((label) => !words.includes(label))).toEqual([]);
    }
  });

  it('sorts a table by a column, down and up, with the keyboard', async () => {
    const table = page.locator('#results table').first();
    const heading = table.locator('thead th').nth(2);
    const values = async (): Promise<number[]> =>
      (await table.locator('tbody tr td:nth-child(3)').allTextContents()).map((text) => Number.parseFloat(text));
    const before = await values();
    await heading.locator('button').focus();
    await page.keyboard.press('Enter');
    expect(await heading.getAttribute('aria-sort')).toBe('ascending');
    expect(await values()).toEqual(before.toSorted((a, b) => a - b));
    await page.keyboard.press('Enter');
    expect(await heading.getAttribute('aria-sort')).toBe('descending');
    expect(await values()).toEqual(before.toSorted((a, b) => b - a));
    expect(complaints).toEqual([]);
  });

  it('runs no script but its own: the policy stops any other', async () => {
    const ran = await page.evaluate(() => {
      const script = document.createElement('script');
      script.textContent = 'document.documentElement.dataset.ran = "yes"';
      document.body.append(script);
      return document.documentElement.dataset.ran;
    });
    expect(ran).toBeUndefined();
    complaints.length = 0;
  });

  it('draws the best and the control where fewer are asked for, and says so', async () => {
    const few = await finish('xaigrid', ['report', 'latest', '--out', 'few.html', '--dataset', 'mnist1d', '--top', '3'], {
      folder,
    });
    expect(few.status, few.stderr).toBe(0);
    const html = await readFile(join(folder, 'few.html'), 'utf8');
    expect(html).toContain(
      'Figures show 4 of 13 methods: the 3 best by drop rate, the control. 9 left out here; the tables have all.',
    );
    expect(html).toContain('<code>--dataset mnist1d</code>');
  });

  it('has no id twice', async () => {
    const ids = await page.locator('[id]').evaluateAll((elements) => elements.map(({ id }) => id));
    expect(ids).toEqual([...new Set(ids)]);
  });

  it.each([
    { width: 390, colorScheme: 'light', whole: false },
    { width: 1100, colorScheme: 'light', whole: true },
    // What is within a figure is in both schemes, and at every width, the same picture: two hundred of them are looked into once.
    { width: 1100, colorScheme: 'dark', whole: false },
  ] as const)('breaks no rule of accessibility at $width pixels, $colorScheme', async ({ width, colorScheme, whole }) => {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme });
    // Evaluated by the debugger, which the page's content security policy does not bind.
    await page.evaluate(await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'));
    const found: AxeResults = await page.evaluate(`axe.run({ exclude: ${JSON.stringify(whole ? [] : [['figure svg > *']])} })`);
    const broken = found.violations.map(({ id, impact, nodes }) => ({
      id,
      impact,
      where: nodes.slice(0, 3).map(({ html }) => html),
    }));
    expect(broken).toEqual([]);
  });

  it('needs no sideways scrolling on a phone', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  });

  it('prints', async () => {
    const pdf = await page.pdf({ format: 'A4' });
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    expect(pdf.length).toBeGreaterThan(50_000);
  });

  it('is replaced by a newer report, which is the same byte for byte; any other file is not', async () => {
    const before = await readFile(report, 'utf8');
    const again = await finish('xaigrid', ['report', 'latest', '--out', 'report.html'], { folder });
    expect(again.status, again.stderr).toBe(0);
    expect((await readFile(report, 'utf8')) === before).toBe(true);
    const refused = await finish('xaigrid', ['report', 'latest', '--out', 'spec.yaml'], { folder });
    expect(refused.status).toBe(2);
    expect(refused.stderr).toMatch(/USAGE: spec\.yaml exists and is not a report/);
    expect((await stat(join(folder, 'spec.yaml'))).size).toBe(Buffer.byteLength(spec()));
  });

  it('is one page for two runs, their methods told apart', async () => {
    const again = await finish('xaigrid', ['run', 'spec.yaml', '--set', 'name=again', '--limit', '12'], { folder });
    expect(again.status, again.stderr).toBe(0);
    const listed = await finish('xaigrid', ['list', '--json'], { folder });
    const ids = z
      .array(z.object({ id: z.string() }))
      .parse(JSON.parse(listed.stdout))
      .map(({ id }) => id);
    const both = await finish('xaigrid', ['report', ...ids, '--out', 'both.html'], { folder });
    expect(both.status, both.stderr).toBe(0);
    const html = await readFile(join(folder, 'both.html'), 'utf8');
    expect(html).toContain('Report of 2 runs');
    expect(html).toContain('sise (again)');
    expect(html).toContain('sise (browser)');
  });
});
