/// <reference lib="dom" />
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SampleList } from '@xaigrid/contracts';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { finish, repository, start, type RunningProcess } from '../support/processes.js';
import { launchChromium } from './chromium.js';
import { faultsInAllForms, listenedPage } from './page-checks.js';

/** A name that would be markup if it were not escaped. */
const markup = '<img src=x onerror="document.title=1">';

const spec = JSON.stringify({
  name: 'looked at',
  limit: 12,
  controls: true,
  datasets: {
    mnist1d: { kind: 'mnist1d', split: 'test' },
    patches: { kind: 'texture-patches', split: 'test', size: 24 },
  },
  models: {
    cnn: { path: `${repository}models/mnist1d-cnn/model.json` },
    vgg: { path: `${repository}models/texture-patches-vgg/model.json` },
  },
  evaluations: [
    {
      dataset: 'mnist1d',
      model: 'cnn',
      explainers: ['sise', { method: 'gradient', name: 'plain gradient' }],
      metrics: [{ metric: 'drop-increase', keepFractions: [0.1, 0.3, 0.5] }, 'sparseness'],
    },
    {
      dataset: 'patches',
      model: 'vgg',
      explainers: ['grad-cam', 'input-x-gradient'],
      metrics: [{ metric: 'drop-increase', keepFractions: [0.3] }, 'pointing-game'],
    },
  ],
});

let folder: string;
let browser: Browser;
let server: RunningProcess;
let address: string;
let context: BrowserContext;
let page: Page;
const complaints: string[] = [];

async function serve(port = 0): Promise<void> {
  server = start('xaigrid', ['ui', '--no-open', '--port', String(port)], { folder });
  await server.says('Ctrl-C ends it');
  address = server.stdout().trim();
}

/** The first sample that an evaluation takes. */
async function sampleOf(id: string, evaluation: number): Promise<number> {
  const args = ['scores', id, '--evaluation', String(evaluation), '--limit', '1', '--format', 'json'];
  const { stdout } = await finish('xaigrid', args, { folder });
  return (JSON.parse(stdout) as { sampleIndex: number }[])[0]?.sampleIndex ?? -1;
}

async function idOf(name: string): Promise<string> {
  const { stdout } = await finish('xaigrid', ['list', '--json'], { folder });
  const runs = JSON.parse(stdout) as { id: string; name: string }[];
  return runs.find((run) => run.name === name)?.id ?? '';
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xaigrid-page-'));
  browser = await launchChromium();
  await writeFile(join(folder, 'spec.json'), spec);
  const run = await finish('xaigrid', ['run', 'spec.json'], { folder });
  expect(run.status, run.stderr).toBe(0);
  await serve();
  context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  page = await listenedPage(context, complaints);
}, 180_000);

afterAll(async () => {
  server.kill('SIGINT');
  await server.finished;
  await browser.close();
  await rm(folder, { recursive: true, force: true });
});

describe('the page over the store of a machine', () => {
  it('lists runs, finds them by what is typed, and says so where none fits', async () => {
    await page.goto(address);
    await page.getByRole('link', { name: 'looked at' }).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('no such run');
    await page.getByText('No run fits').waitFor();
    expect(page.url()).toContain('search=');
    await page.getByRole('button', { name: 'Show all runs' }).click();
    await page.getByRole('link', { name: 'looked at' }).click();
    await page.getByRole('heading', { name: 'cnn on mnist1d' }).waitFor();
  });

  it('ranks methods as the command does', async () => {
    const table = page.getByRole('region', { name: 'Ranks of methods, cnn on mnist1d' });
    const { stdout } = await finish('xaigrid', ['rank', 'latest', '--format', 'json'], { folder });
    const rankings = JSON.parse(stdout) as { dataset: string; methods: { label: string; meanRank: number }[] }[];
    const wanted =
      rankings.find(({ dataset }) => dataset === 'mnist1d')?.methods.toSorted((a, b) => a.meanRank - b.meanRank) ?? [];
    const rows = await table
      .locator('tbody tr')
      .evaluateAll((all) =>
        all.map((row) => [row.children[0]?.textContent.replace(' (control)', ''), Number(row.children[1]?.textContent)] as const),
      );
    expect(rows.map(([, rank]) => rank)).toEqual(wanted.map(({ meanRank }) => Number(meanRank.toFixed(2))));
    expect(rows.map(([name]) => name).toSorted()).toEqual(wanted.map(({ label }) => label).toSorted());
  });

  it('shows the table, sorted by any column with the keyboard, and leaves out columns', async () => {
    await page.getByRole('tab', { name: 'Table' }).click();
    const table = page.getByRole('region', { name: 'Table of results' });
    const heading = table.getByRole('columnheader', { name: /^Drop rate/ });
    await heading.getByRole('button').focus();
    await page.keyboard.press('Enter');
    const place = (await table.getByRole('columnheader').allTextContents()).findIndex((text) => text.startsWith('Drop rate'));
    const values = async (): Promise<number[]> =>
      (await table.locator(`tbody tr td:nth-child(${place + 1})`).allTextContents()).map((text) => Number.parseFloat(text));
    const sorted = await values();
    const order = (await heading.getAttribute('aria-sort')) === 'ascending' ? 1 : -1;
    expect(sorted).toEqual(sorted.toSorted((a, b) => order * (a - b)));
    expect(sorted).toHaveLength(6 * 3 + 6);
    await page.getByRole('textbox', { name: 'Only rows with' }).fill('grad-cam');
    await expect.poll(async () => (await values()).length).toBe(1);
    await page.getByRole('button', { name: 'Columns' }).click();
    await page.getByRole('checkbox', { name: /Drop rate/ }).uncheck();
    await page.keyboard.press('Escape');
    await heading.waitFor({ state: 'detached' });
  });

  it('says which pairs are told apart, as the command does', async () => {
    await page.getByRole('tab', { name: 'Pairs' }).click();
    const table = page.getByRole('region', { name: 'Pairs' });
    await table.waitFor();
    const shown = await table.locator('tbody tr').evaluateAll((all) =>
      all.map((row) =>
        [...row.children]
          .slice(0, 2)
          .map((cell) => cell.textContent)
          .join(' '),
      ),
    );
    expect(shown).toHaveLength(15);
    const { stdout } = await finish(
      'xaigrid',
      ['compare', 'latest', '--dataset', 'mnist1d', '--metric', 'drop-increase', '--keep', '0.1', '--format', 'json'],
      { folder },
    );
    const pairs = JSON.parse(stdout) as { first: string; second: string; measure: string }[];
    expect(shown.toSorted()).toEqual(
      pairs
        .filter(({ measure }) => measure === 'drop')
        .map(({ first, second }) => `${first} ${second}`)
        .toSorted(),
    );
  });

  it('draws curves along what was swept', async () => {
    await page.getByRole('tab', { name: 'Curves' }).click();
    const figure = page.getByRole('img', { name: /^Drop rate of .* along keepFraction/ });
    await figure.waitFor();
    expect(await figure.locator('circle').count()).toBe(6 * 3);
    await page.getByRole('switch', { name: 'sise' }).uncheck();
    await expect.poll(() => figure.locator('circle').count()).toBe(5 * 3);
  });

  it('shows samples with all maps, in the order of a measure, and goes from one to the next', async () => {
    const id = await idOf('looked at');
    await page.goto(`${address}/runs/${id}?part=samples&metric=drop-increase&sort=-drop`);
    const first = page.getByRole('listitem').first();
    await first.getByRole('img').nth(4).waitFor();
    const { stdout } = await finish(
      'xaigrid',
      ['scores', id, '--evaluation', '0', '--metric', 'drop-increase', '--keep', '0.1', '--sort=-drop', '--format', 'json'],
      { folder },
    );
    const wanted = (JSON.parse(stdout) as { sampleIndex: number }[]).map(({ sampleIndex }) => `Sample ${sampleIndex}`);
    const shown = await page
      .getByRole('listitem')
      .getByRole('link', { name: /^Sample \d+$/ })
      .allTextContents();
    expect(wanted.slice(0, shown.length)).toEqual(shown);
    await first.getByRole('link', { name: /^Sample/ }).click();
    await page.getByRole('heading', { name: wanted[0] ?? '', exact: true }).waitFor();
    await expect.poll(() => page.getByRole('button', { name: 'Next →' }).isEnabled(), { timeout: 30_000 }).toBe(true);
    await page.keyboard.press('ArrowRight');
    await page.getByRole('heading', { name: wanted[1] ?? '', exact: true }).waitFor();
    await page.getByRole('button', { name: '← Previous' }).click();
    await page.getByRole('heading', { name: wanted[0] ?? '', exact: true }).waitFor();
  });

  it('shows the samples that methods disagree on first, filtered as the address says', async () => {
    const id = await idOf('looked at');
    const asked = new URLSearchParams({
      ...{ dataset: 'mnist1d', metric: 'drop-increase', sort: '-disagreement', right: 'true' },
      setting: JSON.stringify({ keepFraction: 0.3, baseline: 'zero' }),
    });
    const answer = await fetch(`${address}/v1/runs/${id}/samples?${asked.toString()}`);
    const { samples, matching, compared } = (await answer.json()) as SampleList;
    // Controls are not compared.
    expect(compared).toEqual([0, 1]);
    expect(matching).toBeGreaterThan(1);
    await page.goto(`${address}/runs/${id}?part=samples&metric=drop-increase`);
    await page.getByRole('combobox', { name: 'Setting' }).click();
    await page.getByRole('option', { name: /0\.3/ }).click();
    await page.getByRole('combobox', { name: 'Order' }).click();
    await page.getByRole('option', { name: 'most disagreement of methods' }).click();
    await page.getByRole('combobox', { name: 'Predicted' }).click();
    await page.getByRole('option', { name: 'right' }).click();
    await page.getByText(`${matching} of 12 samples`).waitFor();
    const wanted = samples.map(({ sampleIndex }) => `Sample ${sampleIndex}`);
    const links = page.getByRole('listitem').getByRole('link', { name: /^Sample \d+$/ });
    await expect.poll(async () => wanted.slice(0, await links.count())).toEqual(await links.allTextContents());
    await page.getByRole('textbox', { name: 'Disagreement from' }).fill('1000');
    await page.getByText('No sample fits').waitFor();
  });

  it('shows what the model would be shown, by the keyboard', async () => {
    const id = await idOf('looked at');
    const index = await sampleOf(id, 6);
    await page.goto(`${address}/runs/${id}/samples/${index}?by=6`);
    const slider = page.getByRole('slider', { name: 'Share of positions kept' });
    const kept = page.getByRole('img', { name: /with \d+ % of its positions/ });
    await kept.waitFor();
    expect(await kept.getAttribute('aria-label')).toContain('30 %');
    const coloured = (): Promise<number> =>
      kept.evaluate((canvas) => {
        const { data } = (canvas as HTMLCanvasElement).getContext('2d')?.getImageData(0, 0, 64, 64) ?? { data: [] };
        return Array.from({ length: 64 * 64 }, (_, at) => at).filter((at) =>
          [0, 1, 2].some((channel) => data[4 * at + channel] !== 0),
        ).length;
      });
    // A position of noise is not black, so that as many are coloured as are kept: ⌊0.3 · 4096⌋.
    expect(await coloured()).toBe(Math.floor(0.3 * 64 * 64));
    await slider.focus();
    await page.keyboard.press('Home');
    await expect.poll(coloured).toBe(0);
  });

  it('names, tags and removes a run, after a question', async () => {
    const again = await finish('xaigrid', ['run', 'spec.json', '--set', 'name=again'], { folder });
    expect(again.status, again.stderr).toBe(0);
    await page.goto(address);
    await page.getByRole('checkbox', { name: 'Compare again' }).check();
    await page.getByRole('checkbox', { name: 'Compare looked at' }).check();
    await page.getByRole('link', { name: 'Compare 2 runs' }).click();
    await page.getByRole('heading', { name: 'What differs between the specs' }).waitFor();
    await page.getByRole('region', { name: 'Pairs' }).waitFor();
    await page.goto(address);
    await page.getByRole('button', { name: 'Actions on again' }).click();
    await page.getByRole('menuitem', { name: 'Name, note and tags …' }).click();
    await page.getByRole('textbox', { name: 'Name' }).fill(`second ${markup}`);
    await page.getByRole('combobox', { name: 'Tags' }).fill('kept ');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('link', { name: `second ${markup}` }).waitFor();
    expect(await page.locator('main img').count()).toBe(0);
    const listed = await finish('xaigrid', ['list', '--json'], { folder });
    expect(JSON.parse(listed.stdout)).toMatchObject([{ name: `second ${markup}`, tags: ['kept'] }, { name: 'looked at' }]);
    await page.getByRole('button', { name: `Actions on second ${markup}` }).click();
    await page.getByRole('menuitem', { name: 'Remove …' }).click();
    await page.getByText('This cannot be undone').waitFor();
    await page.getByRole('button', { name: 'Remove the run' }).click();
    await page.getByRole('link', { name: 'second' }).waitFor({ state: 'detached' });
    expect(await idOf(`second ${markup}`)).toBe('');
  });

  it('says what is wrong with an address, and offers a way back', async () => {
    const before = complaints.length;
    for (const [path, sentence] of [
      ['/rums/abc', /There is no such page/],
      ['/runs/nosuchrun', /nosuchrun/],
      [`/runs/${await idOf('looked at')}/samples/999999`, /has no part in this run/],
      [`/runs/${await idOf('looked at')}/samples/x`, /is no sample/],
    ] as const) {
      await page.goto(`${address}${path}`);
      await page.getByText(sentence).first().waitFor();
      expect(await page.locator('main').getByRole('link').count()).toBeGreaterThan(0);
    }
    // The browser itself notes answers with 404 and 400.
    complaints.length = before;
  });

  it('has no violation that axe knows, in both colours, narrow and wide', async () => {
    const id = await idOf('looked at');
    const [signal, image] = [await sampleOf(id, 0), await sampleOf(id, 6)];
    const found: string[] = [];
    for (const path of [
      '/',
      `/runs/${id}`,
      ...['table', 'pairs', 'curves', 'samples', 'origin'].map((part) => `/runs/${id}?part=${part}`),
      `/runs/${id}/samples/${signal}?by=0`,
      `/runs/${id}/samples/${image}?by=6`,
    ]) {
      const faults = await faultsInAllForms(browser, (view) => view.goto(`${address}${path}`).then(() => undefined), complaints);
      found.push(...faults.map((fault) => `${path.replace(id, 'ID')} ${fault}`));
    }
    expect(found).toEqual([]);
  }, 240_000);

  it('complained of nothing: no error, no warning, nothing that its policy refused', () => {
    expect(complaints).toEqual([]);
  });

  it('says so when its server is gone, and goes on when it is back', async () => {
    await page.goto(address);
    await page.getByRole('link', { name: 'looked at' }).waitFor();
    const port = Number(new URL(address).port);
    server.kill('SIGINT');
    expect((await server.finished).status).toBe(0);
    await page.getByRole('textbox', { name: 'Search' }).fill('looked');
    await page.getByText('Offline').waitFor({ timeout: 60_000 });
    await serve(port);
    await page.getByText('Offline').waitFor({ state: 'detached', timeout: 60_000 });
    await page.getByRole('link', { name: 'looked at' }).waitFor();
  }, 180_000);
});
