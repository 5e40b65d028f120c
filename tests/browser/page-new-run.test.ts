/// <reference lib="dom" />
import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { finish, repository, start, type RunningProcess } from '../support/processes.js';
import { launchChromium } from './chromium.js';
import { faultsInAllForms, listenedPage } from './page-checks.js';

const spec = (limit: number): string => `name: from a file
limit: ${limit}
datasets:
  mnist1d: { kind: mnist1d, split: test }
models:
  cnn: { path: cnn/model.json }
evaluations:
  - { dataset: mnist1d, model: cnn, explainers: [gradient], metrics: [sparseness] }
`;

let folder: string;
let browser: Browser;
let server: RunningProcess;
let address: string;
let page: Page;
const complaints: string[] = [];

async function serve(port = 0): Promise<void> {
  server = start('xaigrid', ['ui', '--no-open', '--port', String(port)], { folder });
  await server.says('Ctrl-C ends it');
  address = server.stdout().trim();
}

async function stateOf(name: string): Promise<string | undefined> {
  const { stdout } = await finish('xaigrid', ['list', '--json'], { folder });
  return (JSON.parse(stdout) as { name: string; state: string }[]).find((run) => run.name === name)?.state;
}

/** Replaces what is in the editor, as one does by pasting. */
async function write(text: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Spec' }).focus();
  await page.keyboard.press('Control+a');
  await page.keyboard.insertText(text);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xaigrid-page-new-'));
  const model = join(repository, 'models/mnist1d-cnn');
  await mkdir(join(folder, 'cnn'));
  for (const name of await readdir(model))
    if (/\.(?:json|bin)$/.test(name)) await copyFile(join(model, name), join(folder, 'cnn', name));
  await writeFile(join(folder, 'spec.yaml'), spec(10));
  browser = await launchChromium();
  const run = await finish('xaigrid', ['run', 'spec.yaml'], { folder });
  expect(run.status, run.stderr).toBe(0);
  await serve();
  page = await listenedPage(await browser.newContext({ viewport: { width: 1280, height: 900 } }), complaints);
}, 180_000);

afterAll(async () => {
  server.kill('SIGKILL');
  await server.finished;
  await browser.close();
  await rm(folder, { recursive: true, force: true });
});

describe('a new run', () => {
  it('is not loaded before it is asked for', async () => {
    const loaded: string[] = [];
    page.on('response', (response) => loaded.push(response.url()));
    await page.goto(address);
    await page.getByRole('link', { name: 'from a file' }).waitFor();
    expect(loaded.some((url) => url.includes('spec-editor'))).toBe(false);
    await page.getByRole('link', { name: 'New run' }).click();
    await page.getByRole('textbox', { name: 'Spec' }).waitFor();
    expect(loaded.some((url) => url.includes('spec-editor'))).toBe(true);
    // The template names the model that the earlier run stored.
    expect(await page.getByRole('textbox', { name: 'Spec' }).textContent()).toContain('stored/');
  });

  it('completes keys and values from the schema, by the keyboard', async () => {
    await write('name: completed\nevaluations:\n  - dataset: d\n    explainers:\n      - { method: ');
    await page.keyboard.type('sis');
    const option = page.getByRole('option', { name: 'sise' });
    await option.waitFor();
    // The editor ignores Enter for a moment, so that nobody takes what has just appeared.
    await page.waitForTimeout(200);
    await page.keyboard.press('Enter');
    await expect.poll(() => page.getByRole('textbox', { name: 'Spec' }).textContent()).toContain('method: sise');
    await page.keyboard.type(', gradientTh');
    await page.getByRole('option', { name: 'gradientThreshold' }).waitFor();
    await page.keyboard.press('Escape');
  });

  it('marks a mistake at its line, as typed, and cannot be started', async () => {
    await write(spec(10).replace('gradient', 'gradeint'));
    await page
      .getByRole('alert')
      .getByText(/Did you mean "gradient"/)
      .waitFor();
    await page.locator('.cm-lint-marker-error').waitFor();
    expect(await page.getByRole('button', { name: 'Start the run' }).isDisabled()).toBe(true);
  });

  it('says what planning finds', async () => {
    await write(spec(10).replace('cnn/model.json', 'cnn/missing.json'));
    await page.getByRole('alert').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Plan it' }).click();
    await page
      .getByRole('alert')
      .getByText(/MODEL_UNREADABLE: .*There is no model file cnn\/missing\.json/)
      .waitFor();
  });

  it('has a plan with its cost, of which the stored part is known', async () => {
    await write(spec(20));
    await page.getByRole('button', { name: 'Plan it' }).click();
    await page.getByText(/1 evaluation; \d+ maps to compute/).waitFor();
    const cells = await page.getByRole('region', { name: 'Cost of each evaluation' }).locator('tbody td').allTextContents();
    expect(cells.slice(0, 4)).toEqual(['mnist1d', 'cnn', '20', '1']);
    // A gradient takes one pass for each sample.
    expect(cells[6]).toBe('1');
  });

  it('has no violation that axe knows', async () => {
    const faults = await faultsInAllForms(
      browser,
      async (view) => {
        await view.goto(`${address}/new`);
        await view.getByRole('textbox', { name: 'Spec' }).waitFor();
        await view.getByRole('button', { name: 'Plan it' }).click();
        await view.getByRole('heading', { name: 'The plan' }).waitFor({ timeout: 60_000 });
      },
      complaints,
    );
    expect(faults).toEqual([]);
    expect(complaints).toEqual([]);
  }, 240_000);

  it('starts from stored files, is watched, and shows its results', async () => {
    await page.goto(`${address}/new`);
    await page.getByRole('textbox', { name: 'Spec' }).waitFor();
    await page.getByRole('button', { name: 'Start the run' }).click();
    await page.waitForURL(/\/runs\//);
    await page.getByRole('heading', { name: 'keep-the-best' }).waitFor();
    await page.getByRole('region', { name: /^Ranks of methods/ }).waitFor({ timeout: 60_000 });
    await expect.poll(() => stateOf('keep-the-best'), { timeout: 60_000 }).toBe('done');
  }, 120_000);

  it('is shown at work, survives Ctrl-C, and is resumed and cancelled on the page', async () => {
    await page.goto(`${address}/new`);
    await page.getByRole('textbox', { name: 'Spec' }).waitFor();
    // Long enough that it is still under way when the process ends.
    await write(spec(1000).replace('from a file', 'a long one').replace('[gradient]', '[{ method: rise, draws: 20000 }]'));
    await page.getByRole('button', { name: 'Start the run' }).click();
    await page.getByRole('heading', { name: 'a long one' }).waitFor();
    await page.getByRole('link', { name: 'Cluster' }).click();
    await page.getByText('There is no cluster').waitFor();
    const workers = page.getByRole('region', { name: 'Workers' });
    await workers.getByRole('link', { name: 'a long one' }).first().waitFor({ timeout: 60_000 });
    await workers.getByText('draws maps').first().waitFor();
    const port = Number(new URL(address).port);
    server.kill('SIGINT');
    expect((await server.finished).status).toBe(0);
    await page.getByText('Offline').waitFor({ timeout: 60_000 });
    expect(await stateOf('a long one')).toBe('interrupted');
    await serve(port);
    await page.getByText('Offline').waitFor({ state: 'detached', timeout: 60_000 });
    await page.getByRole('link', { name: 'Runs' }).click();
    await page.getByRole('button', { name: 'Actions on a long one' }).click();
    await page.getByRole('menuitem', { name: 'Resume' }).click();
    await expect.poll(() => stateOf('a long one'), { timeout: 60_000 }).toBe('running');
    await page.getByRole('link', { name: 'a long one' }).click();
    await page.getByRole('button', { name: 'Actions on a long one' }).click();
    await page.getByRole('menuitem', { name: 'Cancel …' }).click();
    await page.getByRole('button', { name: 'Cancel the run' }).click();
    await page.getByText('cancelled').first().waitFor({ timeout: 60_000 });
  }, 300_000);

  it('goes on by itself when its server was killed beneath it', async () => {
    await page.goto(`${address}/cluster`);
    await page.getByRole('region', { name: 'Stages' }).waitFor();
    const port = Number(new URL(address).port);
    server.kill('SIGKILL');
    await server.finished;
    await page.getByText('Offline').waitFor({ timeout: 60_000 });
    await serve(port);
    await page.getByText('Offline').waitFor({ state: 'detached', timeout: 60_000 });
    await page.getByRole('region', { name: 'Stages' }).waitFor();
  }, 180_000);
});
