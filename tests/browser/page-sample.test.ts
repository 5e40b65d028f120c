/// <reference lib="dom" />
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { finish, repository, start, type RunningProcess } from '../support/processes.js';
import { launchChromium } from './chromium.js';
import { faultsInAllForms, listenedPage } from './page-checks.js';

const spec = JSON.stringify({
  name: 'one sample',
  limit: 4,
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
      ...{ dataset: 'mnist1d', model: 'cnn', explainers: ['sise', 'gradient'] },
      metrics: [{ metric: 'drop-increase', keepFractions: [0.1, 0.3, 0.5] }, 'deletion-insertion'],
    },
    {
      ...{ dataset: 'patches', model: 'vgg', explainers: ['grad-cam', 'input-x-gradient'] },
      metrics: [{ metric: 'drop-increase', keepFractions: [0.3] }, 'pointing-game'],
    },
  ],
});

let folder: string;
let browser: Browser;
let server: RunningProcess;
let page: Page;
let signal: string;
let image: string;
/** The output that is stored for the signal at 0.3. */
let storedOutput: number;
const complaints: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xaigrid-page-sample-'));
  browser = await launchChromium();
  await writeFile(join(folder, 'spec.json'), spec);
  const run = await finish('xaigrid', ['run', 'spec.json'], { folder });
  expect(run.status, run.stderr).toBe(0);
  const scoresOf = async (evaluation: number) => {
    const args = ['scores', 'latest', '--evaluation', String(evaluation), '--metric', 'drop-increase', '--keep', '0.3'];
    const { stdout } = await finish('xaigrid', [...args, '--limit', '1', '--format', 'json'], { folder });
    return (JSON.parse(stdout) as { sampleIndex: number; measures: { maskedProbability: number } }[])[0];
  };
  const [ofSignal, ofImage] = [await scoresOf(1), await scoresOf(2)];
  storedOutput = ofSignal?.measures.maskedProbability ?? NaN;
  server = start('xaigrid', ['ui', '--no-open', '--port', '0'], { folder });
  await server.says('Ctrl-C ends it');
  const base = `${server.stdout().trim()}/runs/latest/samples`;
  signal = `${base}/${ofSignal?.sampleIndex ?? -1}?by=0`;
  image = `${base}/${ofImage?.sampleIndex ?? -1}?by=2`;
  page = await listenedPage(await browser.newContext({ viewport: { width: 1280, height: 900 } }), complaints);
}, 180_000);

afterAll(async () => {
  server.kill('SIGINT');
  await server.finished;
  await browser.close();
  await rm(folder, { recursive: true, force: true });
});

/** The file that a click saves. */
async function saved(name: string): Promise<{ readonly name: string; readonly bytes: Buffer }> {
  const [download] = await Promise.all([page.waitForEvent('download'), page.locator(`[aria-label="${name}"]`).click()]);
  return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) };
}

describe('the page of a sample', () => {
  it('shows the live answer of the model, which is the stored one where one is stored', async () => {
    await page.goto(`${signal}&map=1&kept=0.3`);
    const answer = page.getByRole('status').filter({ hasText: 'The model now' });
    await answer.waitFor({ timeout: 30_000 });
    const said = Number(/now: ([\d.e−-]+) for/.exec(await answer.innerText())?.[1]?.replace('−', '-'));
    expect(Math.abs(said - storedOutput)).toBeLessThan(5e-4);
    await page.getByRole('button', { name: '50 %', exact: true }).click();
    await expect.poll(() => page.url()).toContain('kept=0.5');
    await answer.waitFor();
  });

  it('draws the insertion and deletion curves of the model, from one end to the other', async () => {
    await page.getByRole('button', { name: 'Ask for the insertion and deletion curves' }).click();
    const curves = page.getByRole('img', { name: /insertion 0 %: .*deletion 100 %: / });
    await curves.waitFor();
    const label = (await curves.getAttribute('aria-label')) ?? '';
    const at = (curve: string, share: number) => new RegExp(`${curve}.*? ${share} %: ([\\d.e−-]+)`).exec(label)?.[1];
    // With everything put in, and with nothing taken out, the sample is whole.
    expect(at('insertion', 100)).toBe(at('deletion', 0));
    expect(label).toContain('stored 10 %: ');
    await page.getByText('Stored areas under its curves').waitFor();
  });

  it('keeps the arrow keys of the slider for the slider', async () => {
    const heading = await page.getByRole('heading', { level: 1 }).innerText();
    await page.getByRole('slider', { name: 'Share of positions kept' }).focus();
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => page.url()).toContain('kept=0.51');
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe(heading);
  });

  it('zooms into a signal by the pointer and by the keyboard, and has it in the address', async () => {
    const drawing = page.getByRole('img', { name: 'Map of sise' });
    const bars = () => drawing.locator('rect').count();
    expect(await bars()).toBe(40);
    await drawing.scrollIntoViewIfNeeded();
    const box = await drawing.boundingBox();
    if (box === null) throw new Error('The map is not seen.');
    await page.mouse.move(box.x + box.width * 0.26, box.y + 20);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.49, box.y + 20);
    await page.mouse.up();
    await expect.poll(bars).toBe(10);
    expect(page.url()).toContain('from=10&to=20');
    await page.getByRole('slider', { name: 'First position that is drawn' }).focus();
    await page.keyboard.press('ArrowRight');
    await expect.poll(bars).toBe(9);
    await page.reload();
    await expect.poll(bars).toBe(9);
    await page.getByRole('button', { name: 'Whole signal' }).click();
    await expect.poll(bars).toBe(40);
    expect(page.url()).not.toContain('from=');
  });

  it('draws a map as an area', async () => {
    await page.getByText('map as area').click();
    await expect.poll(() => page.url()).toContain('as=area');
    expect(await page.getByRole('img', { name: 'Map of gradient' }).getAttribute('viewBox')).toBe('0 0 300 180');
  });

  it('saves maps as .npy, PNG and SVG', async () => {
    const npy = await saved('sise as .npy');
    expect(npy.bytes.subarray(1, 6).toString()).toBe('NUMPY');
    const png = await saved('sise as PNG');
    expect(png.bytes.subarray(1, 4).toString()).toBe('PNG');
    const svg = await saved('sise as SVG');
    expect(svg.name).toMatch(/^sise-\d+\.svg$/);
    expect(svg.bytes.toString()).toMatch(/^<svg [^>]*xmlns=/);
  });

  it('draws the region of a sample, and leaves it out when told to', async () => {
    await page.goto(image);
    const outlined = page.getByRole('img', { name: 'Map of grad-cam, with the outline of the region' });
    await outlined.waitFor();
    const png = await saved('grad-cam as PNG');
    expect(png.bytes.readUInt32BE(16)).toBeGreaterThanOrEqual(448);
    await page.getByRole('switch', { name: 'Region' }).uncheck();
    await page.getByRole('img', { name: 'Map of grad-cam', exact: true }).waitFor();
    expect(page.url()).toContain('regions=no');
  });

  it('puts all maps on one scale, and changes colours, by the address', async () => {
    const pixels = () =>
      page
        .getByRole('img', { name: 'Map of grad-cam', exact: true })
        .evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());
    const seen = new Set<string>();
    for (const choice of ['', '&scale=one', '&colours=magma', '&opacity=1']) {
      await page.goto(`${image}&regions=no${choice}`);
      // It is drawn anew when the other maps have come. What stays and was not seen before is this choice.
      let last = '';
      await expect
        .poll(
          async () => {
            const now = await pixels();
            const stays = now === last && !seen.has(now);
            last = now;
            return stays;
          },
          { timeout: 30_000, interval: 200 },
        )
        .toBe(true);
      seen.add(last);
    }
  });

  it('has no fault that axe knows, narrow and wide, light and dark', async () => {
    for (const address of [`${signal}&as=area&from=3&to=30`, image])
      expect(
        await faultsInAllForms(
          browser,
          async (view) => {
            await view.goto(address);
            await view.getByRole('status').filter({ hasText: 'The model now' }).waitFor({ timeout: 30_000 });
          },
          complaints,
        ),
      ).toEqual([]);
  }, 240_000);

  it('complained of nothing', () => {
    expect(complaints).toEqual([]);
  });
});
