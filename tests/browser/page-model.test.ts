/// <reference lib="dom" />
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { finish, repository, start, type RunningProcess } from '../support/processes.js';
import { launchChromium } from './chromium.js';
import { faultsInAllForms, listenedPage } from './page-checks.js';

const spec = JSON.stringify({
  name: 'judged',
  limit: 120,
  datasets: {
    mnist1d: { kind: 'mnist1d', split: 'test' },
    patches: { kind: 'texture-patches', split: 'test', size: 8 },
  },
  models: {
    cnn: { path: `${repository}models/mnist1d-cnn/model.json` },
    vgg: { path: `${repository}models/texture-patches-vgg/model.json` },
  },
  evaluations: [
    { dataset: 'mnist1d', model: 'cnn', explainers: ['gradient'], metrics: ['sparseness'] },
    { dataset: 'patches', model: 'vgg', explainers: ['gradient'], metrics: ['sparseness'] },
  ],
});

/** What `xaigrid metrics` prints of a model. */
interface Metrics {
  readonly accuracy: number;
  readonly confusion: readonly (readonly number[])[];
  readonly perClass: readonly { readonly rocAuc: number }[];
  readonly calibration: { readonly expectedError: number };
}

let folder: string;
let browser: Browser;
let server: RunningProcess;
let address: string;
let page: Page;
let expected: Metrics;
const complaints: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xaigrid-page-model-'));
  browser = await launchChromium();
  await writeFile(join(folder, 'spec.json'), spec);
  const run = await finish('xaigrid', ['run', 'spec.json'], { folder });
  expect(run.status, run.stderr).toBe(0);
  const metrics = await finish('xaigrid', ['metrics', 'latest', '--dataset', 'mnist1d', '--format', 'json'], { folder });
  const [first] = JSON.parse(metrics.stdout) as Metrics[];
  if (first === undefined) throw new Error(metrics.stdout);
  expected = first;
  server = start('xaigrid', ['ui', '--no-open', '--port', '0'], { folder });
  await server.says('Ctrl-C ends it');
  address = server.stdout().trim();
  page = await listenedPage(await browser.newContext({ viewport: { width: 1280, height: 900 } }), complaints);
}, 180_000);

afterAll(async () => {
  server.kill('SIGINT');
  await server.finished;
  await browser.close();
  await rm(folder, { recursive: true, force: true });
});

describe('the page of a model', () => {
  it('has the numbers of the command', async () => {
    await page.goto(address);
    await page.getByRole('link', { name: 'judged' }).click();
    await page.getByRole('tab', { name: 'Model' }).click();
    const matrix = page.getByRole('region', { name: 'Confusion matrix' });
    await matrix.waitFor();
    const rows = await matrix
      .locator('tbody tr')
      .evaluateAll((all) => all.map((row) => [...row.querySelectorAll('td')].map((cell) => Number(cell.textContent))));
    expect(rows).toEqual(expected.confusion);
    const shown = async (name: string): Promise<number> =>
      Number.parseFloat((await page.locator('dl div', { hasText: name }).locator('dd').textContent()) ?? '');
    expect(await shown('Accuracy')).toBeCloseTo(expected.accuracy, 3);
    expect(await shown('ECE')).toBeCloseTo(expected.calibration.expectedError, 3);
    const areas = await page
      .getByRole('region', { name: 'Each class in numbers' })
      .locator('tbody td:nth-child(7)')
      .allTextContents();
    areas.forEach((text, at) => expect(Number(text)).toBeCloseTo(expected.perClass[at]?.rocAuc ?? NaN, 3));
  });

  it('draws a curve of each class and of all, and has them as a table', async () => {
    const roc = page.getByRole('img', { name: /^True positive rate by false positive rate/ });
    await roc.waitFor();
    expect(await roc.locator('g[stroke-width="1.75"] path').count()).toBe(10 + 1);
    await page.getByRole('img', { name: /^Precision by recall/ }).waitFor();
    await page.getByRole('img', { name: /^Accuracy by confidence/ }).waitFor();
    await page.getByText('The curves as a table').click();
    await page.getByRole('region', { name: 'Points of the curves' }).waitFor();
    await page.getByText('Calibration as a table').click();
    const counts = await page
      .getByRole('region', { name: 'Bins of confidence' })
      .locator('tbody td:nth-child(2)')
      .allTextContents();
    expect(counts.map(Number).reduce((sum, count) => sum + count, 0)).toBe(120);
  });

  it('leads from a cell to its samples, by the keyboard', async () => {
    const cell = page.getByRole('region', { name: 'Confusion matrix' }).getByRole('link').first();
    const name = (await cell.getAttribute('aria-label')) ?? '';
    expect(name).toMatch(/^\d+ samples of class 0 predicted as class \d$/);
    await cell.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('listitem').first().waitFor();
    const { searchParams } = new URL(page.url());
    expect([searchParams.get('part'), searchParams.get('class'), searchParams.get('predicted')]).toEqual([
      'samples',
      '0',
      name.at(-1),
    ]);
    await page.goBack();
    await page.getByRole('region', { name: 'Confusion matrix' }).waitFor();
  });

  it('shows the other model of the run, and remembers it in the address', async () => {
    await page.getByRole('combobox', { name: 'Model and data set' }).click();
    await page.getByRole('option', { name: 'vgg on patches' }).click();
    await page.getByRole('heading', { name: 'vgg on patches' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'vgg on patches' }).waitFor();
  });

  it('has no violation that axe knows, and fits narrow and wide windows', async () => {
    const { href } = new URL(page.url());
    const faults = await faultsInAllForms(
      browser,
      async (view) => {
        await view.goto(href);
        await view.getByRole('img', { name: /^Accuracy by confidence/ }).waitFor();
      },
      complaints,
    );
    expect(faults).toEqual([]);
    expect(complaints).toEqual([]);
  }, 120_000);
});
