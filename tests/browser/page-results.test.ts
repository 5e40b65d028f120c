/// <reference lib="dom" />
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SampleHistogram, SampleList, SamplePairs } from '@xaigrid/contracts';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { finish, repository, start, type RunningProcess } from '../support/processes.js';
import { launchChromium } from './chromium.js';
import { faultsInAllForms, listenedPage } from './page-checks.js';

const evaluation = {
  ...{ dataset: 'mnist1d', model: 'cnn' },
  metrics: [{ metric: 'drop-increase', keepFractions: [0.1, 0.3] }, 'sparseness'],
};
const spec = {
  ...{ name: 'before', limit: 60, controls: false },
  datasets: { mnist1d: { kind: 'mnist1d', split: 'test' } },
  models: { cnn: { path: `${repository}models/mnist1d-cnn/model.json` } },
  evaluations: [{ ...evaluation, explainers: ['gradient', 'grad-cam', { method: 'smooth-grad', name: 'smooth', draws: 2 }] }],
};
const after = {
  ...{ ...spec, name: 'after', limit: 40 },
  evaluations: [{ ...evaluation, explainers: [{ method: 'smooth-grad', name: 'smooth', draws: 9 }] }],
};
const setting = { baseline: 'zero', keepFraction: 0.3 };

let folder: string;
let browser: Browser;
let server: RunningProcess;
let address: string;
let context: BrowserContext;
let page: Page;
const ids: Record<string, string> = {};
const complaints: string[] = [];

async function read<Answer>(path: string, query: Readonly<Record<string, string>>): Promise<Answer> {
  return (await fetch(`${address}/v1/${path}?${new URLSearchParams(query).toString()}`)).json() as Promise<Answer>;
}

const asked = { metric: 'drop-increase', setting: JSON.stringify(setting), measure: 'drop' };
const samplesAddress = (): string =>
  `${address}/runs/${ids.before ?? ''}?${new URLSearchParams({ part: 'samples', ...asked }).toString()}`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xaigrid-page-results-'));
  browser = await launchChromium();
  for (const one of [spec, after]) {
    await writeFile(join(folder, 'spec.json'), JSON.stringify(one));
    const run = await finish('xaigrid', ['run', 'spec.json'], { folder });
    expect(run.status, run.stderr).toBe(0);
  }
  const { stdout } = await finish('xaigrid', ['list', '--json'], { folder });
  for (const { id, name } of JSON.parse(stdout) as { id: string; name: string }[]) ids[name] = id;
  server = start('xaigrid', ['ui', '--no-open', '--port', '0'], { folder });
  await server.says('Ctrl-C ends it');
  address = server.stdout().trim();
  context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  page = await listenedPage(context, complaints);
}, 240_000);

afterAll(async () => {
  server.kill('SIGINT');
  await server.finished;
  await browser.close();
  await rm(folder, { recursive: true, force: true });
});

describe('the histogram of samples', () => {
  it('filters the list by what is drawn over it, as the fields do', async () => {
    await page.goto(samplesAddress());
    const picture = page.getByRole('img', { name: /^Histogram of drop rate: 60 samples/ });
    await picture.waitFor();
    const { counts } = await read<SampleHistogram>(`runs/${ids.before ?? ''}/histogram`, asked);
    const bars = await picture.locator('title').allTextContents();
    expect(bars.map((text) => Number(text.split(': ')[1]))).toEqual(counts);
    const { x, y, width, height } = (await picture.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
    await page.mouse.move(x + width * 0.3, y + height / 2);
    await page.mouse.down();
    await page.mouse.move(x + width * 0.9, y + height / 2, { steps: 3 });
    await page.mouse.up();
    await expect.poll(() => new URL(page.url()).searchParams.has('high')).toBe(true);
    const { searchParams } = new URL(page.url());
    const bounds = { minScore: searchParams.get('low') ?? '', maxScore: searchParams.get('high') ?? '' };
    const { matching } = await read<SampleList>(`runs/${ids.before ?? ''}/samples`, { ...asked, by: '0', ...bounds });
    expect(matching).toBeLessThan(60);
    await page.getByText(`${matching} of 60 samples`).waitFor();
    expect(await page.getByRole('textbox', { name: 'Drop rate from' }).inputValue()).toBe(bounds.minScore);
    await page.getByRole('button', { name: 'All values of drop rate' }).click();
    await page.getByText('60 samples.', { exact: false }).first().waitFor();
  });

  it('is of the confidence too, and has a table', async () => {
    await page.getByRole('combobox', { name: 'Histogram of' }).click();
    await page.getByRole('option', { name: 'Confidence' }).click();
    await page.getByRole('img', { name: /^Histogram of confidence: 60 samples/ }).waitFor();
    expect(new URL(page.url()).searchParams.get('histogram')).toBe('confidence');
    await page.getByText('The histogram as a table').click();
    const rows = await page.getByRole('region', { name: 'Bins of confidence' }).locator('tbody td:last-child').allTextContents();
    expect(rows.map(Number).reduce((sum, count) => sum + count, 0)).toBe(60);
  });

  it('says that nothing passes, and leads back', async () => {
    await page.goto(`${samplesAddress()}&low=50&right=no`);
    await page.getByText('No sample fits').waitFor();
    await page.getByRole('button', { name: 'show all samples' }).click();
    await page.getByRole('listitem').first().waitFor();
    expect(new URL(page.url()).searchParams.has('low')).toBe(false);
  });
});

describe('the keyboard', () => {
  it('goes through the samples and their maps, and opens one', async () => {
    await page.goto(samplesAddress());
    await page.getByRole('listitem').nth(2).getByRole('img').nth(2).waitFor();
    const focused = (): Promise<string> =>
      page.evaluate(() => {
        const at = document.activeElement;
        const row = at?.closest('[data-index]')?.getAttribute('data-index') ?? '';
        return `${row} ${[...(at?.closest('[data-index]')?.querySelectorAll('a') ?? [])].indexOf(at as HTMLAnchorElement)}`;
      });
    await page.keyboard.press('ArrowDown');
    await expect.poll(focused).toBe('0 0');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await expect.poll(focused).toBe('1 2');
    // What is drawn only once it is scrolled to.
    await page.keyboard.press('End');
    await expect.poll(focused).toBe('59 2');
    await page.keyboard.press('Home');
    await expect.poll(focused).toBe('0 2');
    const name = (await page.getByRole('listitem').first().getByRole('link').first().textContent()) ?? '';
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name, exact: true }).waitFor();
    expect(new URL(page.url()).searchParams.get('by')).toBe('1');
  });

  it.each(['/', '/cluster', '/new', '/compare', '/runs/latest?part=curves'])('has its list of keys at %s', async (path) => {
    await page.goto(`${address}${path}`);
    await page.getByRole('button', { name: 'Keys' }).waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).getByText('the next sample, the one before').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });

  it('goes to the search field, of this view or of the list of runs', async () => {
    await page.goto(`${address}/runs/latest?part=table`);
    await page.getByRole('textbox', { name: 'Only rows with' }).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('no such row');
    await page.getByText('No row fits').waitFor();
    await page.getByRole('button', { name: 'Show all rows' }).click();
    await page.getByText('No row fits').waitFor({ state: 'detached' });
    await page.goto(`${address}/cluster`);
    await page.getByRole('button', { name: 'Keys' }).waitFor();
    await page.keyboard.press('/');
    await expect.poll(() => page.evaluate(() => document.activeElement?.hasAttribute('data-search'))).toBe(true);
  });
});

describe('pairs, sample by sample', () => {
  it('show two runs, and lead from a part of the picture to its samples', async () => {
    await page.goto(`${address}/compare?runs=${ids.before ?? ''},${ids.after ?? ''}`);
    await page.getByRole('button', { name: 'Samples of before and after, smooth' }).first().click();
    const picture = page.getByRole('img', { name: /after by .*before: 40 samples$/ });
    await picture.waitFor();
    expect(await picture.locator('circle').count()).toBe(40);
    await page.getByRole('textbox', { name: 'before from' }).fill('0.2');
    await page.getByRole('textbox', { name: 'after to' }).fill('0.9');
    const { searchParams } = new URL(page.url());
    const [dataset, model, metric, scoredClass, ownSetting, measure] = JSON.parse(
      JSON.parse(searchParams.get('pairs') ?? '""') as string,
    ) as unknown[];
    const { points = [] } = await read<SamplePairs>(`runs/${ids.before ?? ''}/sample-pairs`, {
      ...{ by: '2', against: '0', with: ids.after ?? '', dataset: String(dataset), model: String(model) },
      ...{ metric: String(metric), scoredClass: String(scoredClass), setting: JSON.stringify(ownSetting) },
      ...{ measure: String(measure), minFirst: '0.2', maxSecond: '0.9' },
    });
    expect(points.length).toBeGreaterThan(0);
    expect(points.length).toBeLessThan(40);
    const links = page.getByRole('region', { name: 'Chosen samples' }).getByRole('link', { name: /^Sample \d+$/ });
    await expect.poll(() => links.allTextContents()).toEqual(points.map(({ sampleIndex }) => `Sample ${sampleIndex}`));
    await page.reload();
    await links.first().waitFor();
    expect(await links.count()).toBe(points.length);
    await links.first().click();
    await page.getByRole('heading', { name: `Sample ${points[0]?.sampleIndex ?? -1}`, exact: true }).waitFor();
  });

  it('show two methods of a run, and the samples of a point that is clicked', async () => {
    await page.goto(`${address}/runs/${ids.before ?? ''}?part=pairs`);
    await page.getByRole('button', { name: 'Samples of gradient and grad-cam' }).click();
    const point = page
      .getByRole('img', { name: /grad-cam by .*gradient: 60 samples$/ })
      .locator('circle')
      .first();
    const name = (await point.locator('title').textContent()) ?? '';
    const { x, y, width, height } = (await point.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
    await page.mouse.click(x + width / 2, y + height / 2);
    await page
      .getByRole('region', { name: 'Chosen samples' })
      .getByRole('link', { name: name.split(':')[0] ?? '', exact: true })
      .waitFor();
  });
});

describe('the table', () => {
  it('pins and hides columns, sorts and filters, and is copied as it is shown; the address keeps it', async () => {
    await page.goto(`${address}/runs/${ids.before ?? ''}?part=table`);
    const table = page.getByRole('region', { name: 'Table of results' });
    await table.getByRole('button', { name: /^Drop rate/ }).click();
    await page.getByRole('button', { name: 'Columns' }).click();
    await page.getByRole('button', { name: 'Pin keepFraction' }).click();
    await page.getByRole('checkbox', { name: 'Against' }).uncheck();
    await page.keyboard.press('Escape');
    await page.getByRole('textbox', { name: 'Only rows with' }).fill('grad');
    await page.reload();
    await table.getByRole('columnheader').first().waitFor();
    const headings = await table.getByRole('columnheader').allTextContents();
    expect(headings.slice(0, 2)).toEqual(['Method', 'keepFraction']);
    expect(headings).not.toContain('Against');
    const place = await table
      .getByRole('columnheader', { name: 'keepFraction' })
      .evaluate((cell) => getComputedStyle(cell).position);
    expect(place).toBe('sticky');
    const labels = await table.locator('tbody tr td:first-child').allTextContents();
    expect(labels.toSorted()).toEqual(['grad-cam', 'grad-cam', 'gradient', 'gradient']);
    const copied = async (name: string): Promise<string> => {
      await page.getByRole('button', { name: 'Copy as …' }).click();
      await page.getByRole('menuitem', { name }).click();
      await page.getByText(`Copied as ${name.split(',')[0] ?? ''}.`).waitFor();
      return page.evaluate(() => navigator.clipboard.readText());
    };
    const markdown = (await copied('Markdown, as shown')).trim().split('\n');
    expect(markdown[0]).toMatch(/^\| Method \| keepFraction \| Drop rate/);
    expect(markdown.slice(2).map((line) => line.split(' | ')[0]?.slice(2))).toEqual(labels);
    expect(await copied('LaTeX, as shown')).toContain('\\begin{tabular}{ll');
    const csv = (await copied('CSV, as shown')).trim().split('\n');
    expect(csv[0]).toMatch(/^Method,keepFraction,drop,drop_low,drop_high/);
    expect(csv).toHaveLength(5);
  });

  it('is whole on paper, without buttons', async () => {
    await page.emulateMedia({ media: 'print' });
    const table = page.getByRole('region', { name: 'Table of results' });
    expect(await table.evaluate((region) => getComputedStyle(region).overflowX)).toBe('visible');
    expect(await page.locator('header').isVisible()).toBe(false);
    expect(await page.getByRole('button', { name: 'Columns' }).count()).toBe(0);
    await page.emulateMedia({ media: null });
  });
});

describe('an address that is wrong', () => {
  it('is read as far as it means something', async () => {
    await page.goto(`${address}/runs/${ids.before ?? ''}?part=nonsense&low=abc&order=5&pin=7&by=-1`);
    await page.getByRole('region', { name: /^Ranks of methods/ }).waitFor();
    await page.goto(`${address}/runs/${ids.before ?? ''}?part=table&metric=none&order=%5B%22none%22%5D&hide=%5B%22none%22%5D`);
    await page.getByRole('region', { name: 'Table of results' }).waitFor();
  });

  it('has no violation that axe knows with a histogram and samples of a pair', async () => {
    const pair = new URLSearchParams({
      ...{ part: 'pairs', pair: JSON.stringify(JSON.stringify(['gradient', 'grad-cam', '', 'onnxruntime'])) },
      minFirst: '0.1',
    });
    const faults = [];
    for (const href of [samplesAddress(), `${address}/runs/${ids.before ?? ''}?${pair.toString()}`])
      faults.push(
        ...(await faultsInAllForms(
          browser,
          async (view) => {
            await view.goto(href);
            await view
              .getByRole('img', { name: /samples/ })
              .first()
              .waitFor();
          },
          complaints,
        )),
      );
    expect(faults).toEqual([]);
    expect(complaints).toEqual([]);
  }, 240_000);

  it('of a run that was removed meanwhile says so, and leads back', async () => {
    await page.goto(`${address}/runs/${ids.after ?? ''}?part=origin`);
    await page.getByRole('heading', { name: 'after' }).waitFor();
    const removed = await fetch(`${address}/v1/runs/${ids.after ?? ''}`, { method: 'DELETE' });
    expect(removed.status).toBe(204);
    await page.getByRole('tab', { name: 'Table' }).click();
    await page
      .getByRole('alert')
      .getByText(new RegExp(ids.after ?? ''))
      .first()
      .waitFor();
    await page.getByRole('alert').getByRole('link', { name: 'All runs' }).first().click();
    await page.getByRole('link', { name: 'before' }).waitFor();
    expect(await page.getByRole('link', { name: 'after' }).count()).toBe(0);
  });
});
