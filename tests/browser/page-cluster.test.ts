import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCluster, type Cluster } from '../support/cluster.js';
import { finish, repository, type RunningProcess } from '../support/processes.js';
import { launchChromium } from './chromium.js';
import { faultsInAllForms, listenedPage } from './page-checks.js';

const token = 'correct-horse-battery';
const readToken = 'only-looking-battery';

const spec = {
  name: 'by the command',
  limit: 20,
  datasets: { mnist1d: { kind: 'mnist1d', split: 'test' } },
  models: { cnn: { path: `${repository}models/mnist1d-cnn/model.json` } },
  evaluations: [{ dataset: 'mnist1d', model: 'cnn', explainers: ['gradient'], metrics: ['sparseness'] }],
};

let folder: string;
let cluster: Cluster;
let orchestrator: RunningProcess;
let address: string;
let browser: Browser;
const complaints: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xaigrid-page-cluster-'));
  await writeFile(join(folder, 'spec.json'), JSON.stringify(spec));
  browser = await launchChromium();
  cluster = await startCluster({ XAIGRID_TOKEN: token, XAIGRID_READ_TOKEN: readToken });
  orchestrator = await cluster.start('xaigrid-orchestrator');
  address = cluster.serverUrl();
  await cluster.start('xaigrid-explainer-worker');
  await cluster.start('xaigrid-metrics-worker');
  const environment = { XAIGRID_TOKEN: token };
  const run = await finish('xaigrid', ['run', 'spec.json', '--server', address], { folder, environment });
  expect(run.status, run.stderr).toBe(0);
}, 180_000);

afterAll(async () => {
  await browser.close();
  await cluster.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Types a token into the page that asks for it. */
async function logIn(page: Page, given: string): Promise<void> {
  await page.getByLabel('Token').fill(given);
  await page.getByRole('button', { name: 'Log in' }).click();
}

/** A browser of its own, logged in, at the list of runs. */
async function asRole(given: string): Promise<{ readonly context: BrowserContext; readonly page: Page }> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const page = await listenedPage(context, complaints);
  await page.goto(address);
  await logIn(page, given);
  await page.getByRole('link', { name: 'by the command' }).waitFor();
  return { context, page };
}

describe('the page of an orchestrator with tokens', () => {
  it('asks for a token, refuses a wrong one, and keeps none where scripts can read it', async () => {
    const context = await browser.newContext();
    const page = await listenedPage(context, complaints);
    await page.goto(address);
    await logIn(page, 'guessed-wrong-battery');
    await page.getByText(/token/i).nth(1).waitFor();
    expect(await page.getByRole('link', { name: 'by the command' }).count()).toBe(0);
    await logIn(page, token);
    await page.getByRole('link', { name: 'by the command' }).waitFor();
    const cookies = await context.cookies();
    expect(cookies.map(({ httpOnly, sameSite }) => ({ httpOnly, sameSite }))).toEqual([{ httpOnly: true, sameSite: 'Strict' }]);
    const readable = await page.evaluate(() =>
      JSON.stringify([location.href, document.cookie, Object.entries(localStorage), Object.entries(sessionStorage)]),
    );
    expect(readable).not.toContain('battery');
    await context.close();
    // The browser itself notes answers with 401.
    complaints.length = 0;
  });

  it('has no violation that axe knows where it asks, at the cluster, and at a new run', async () => {
    const found: string[] = [];
    for (const path of ['/', '/cluster', '/new']) {
      const open = async (page: Page): Promise<void> => {
        await page.goto(`${address}${path}`);
        await page.getByLabel('Token').waitFor();
        if (path === '/') return;
        await logIn(page, token);
        await page.getByRole(path === '/new' ? 'textbox' : 'region', { name: path === '/new' ? 'Spec' : 'Stages' }).waitFor();
      };
      found.push(...(await faultsInAllForms(browser, open, complaints)).map((fault) => `${path} ${fault}`));
    }
    expect(found).toEqual([]);
    complaints.length = 0;
  }, 180_000);

  it('offers a reader everything to see and nothing to change', async () => {
    const { context, page } = await asRole(readToken);
    complaints.length = 0;
    await page.getByText('read only').waitFor();
    expect(await page.getByRole('link', { name: 'New run' }).count()).toBe(0);
    expect(await page.getByRole('button', { name: /^Actions on/ }).count()).toBe(0);
    await page.getByRole('link', { name: 'by the command' }).click();
    await page.getByRole('region', { name: /^Ranks of methods/ }).waitFor();
    await page.goto(`${address}/new`);
    await page.getByText('You are logged in as a reader').waitFor();
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('starts a run from stored files, which the workers compute, and goes on when the orchestrator was killed', async () => {
    const { context, page } = await asRole(token);
    complaints.length = 0;
    await page.getByRole('link', { name: 'New run' }).click();
    await page.getByRole('textbox', { name: 'Spec' }).waitFor();
    expect(await page.getByRole('textbox', { name: 'Spec' }).textContent()).toContain('stored/');
    await page.getByRole('button', { name: 'Start the run' }).click();
    await page.waitForURL(/\/runs\//);
    await page.getByRole('region', { name: /^Ranks of methods/ }).waitFor({ timeout: 60_000 });
    await page.getByRole('link', { name: 'Cluster' }).click();
    await page.getByRole('heading', { name: 'The cluster' }).waitFor();
    expect(complaints).toEqual([]);

    orchestrator.kill('SIGKILL');
    await orchestrator.finished;
    await page.getByText('Offline').waitFor({ timeout: 60_000 });
    await cluster.start('xaigrid-orchestrator', { XAIGRID_PORT: new URL(address).port });
    await page.getByText('Offline').waitFor({ state: 'detached', timeout: 60_000 });
    // The session outlives the orchestrator.
    await page.getByRole('link', { name: 'Runs' }).click();
    await page.getByRole('link', { name: 'by the command' }).waitFor();
    await context.close();
  }, 180_000);
});
