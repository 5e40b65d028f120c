import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

/*
 * Writes the pictures of the page in docs/pictures: `npm run docs:page-pictures`. They show the demo, from a store of its own.
 * CHROMIUM names the browser.
 */
const repository = fileURLToPath(new URL('../..', import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'xaigrid-page-pictures-'));
const store = ['--store', join(folder, 'store')];
const command = (/** @type {string[]} */ ...args) =>
  spawn(process.execPath, [join(repository, 'apps/cli/bin/xaigrid.js'), ...args, ...store], {
    cwd: repository,
    stdio: ['ignore', 'pipe', 'inherit'],
  });

const run = command('run', 'examples/demo.yaml', '--limit', '300');
run.stdout.resume();
await once(run, 'close');
const server = command('ui', '--no-open', '--port', '0');
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
});
try {
  const [first] = await once(server.stdout, 'data');
  const address = String(first).trim();
  const page = await browser.newPage({ viewport: { width: 1100, height: 760 }, colorScheme: 'light' });
  const picture = async (/** @type {string} */ name) => {
    await page.waitForLoadState('networkidle');
    await page.screenshot({ path: join(repository, `docs/pictures/page-${name}.png`) });
  };
  for (const part of ['ranks', 'model']) {
    await page.goto(`${address}/runs/latest?part=${part}`);
    await picture(part);
  }
  const size = page.viewportSize() ?? { width: 1100, height: 760 };
  await page.setViewportSize({ ...size, height: 1200 });
  await page.goto(`${address}/runs/latest?part=samples`);
  await picture('samples');
  await page
    .getByRole('link', { name: /^Sample / })
    .first()
    .click();
  await page.getByRole('button', { name: 'Ask for the insertion and deletion curves' }).click();
  await page.getByRole('region', { name: 'Scores', exact: true }).waitFor();
  await page.getByText('Asking the model …').waitFor({ state: 'hidden' });
  await picture('sample');
  await page.setViewportSize(size);
  await page.goto(`${address}/new`);
  await page.getByRole('button', { name: 'Plan it' }).click();
  await page.getByRole('heading', { name: 'The plan' }).waitFor({ timeout: 120_000 });
  await picture('new-run');
  await page.getByRole('textbox', { name: 'Spec' }).focus();
  await page.keyboard.press('Control+a');
  const text = (await page.getByRole('textbox', { name: 'Spec' }).innerText()).replace(/limit: \d+/, 'limit: 300');
  await page.keyboard.insertText(text.replace(/explainers: .*/, 'explainers: [rise, integrated-gradients]'));
  await page.getByRole('button', { name: 'Start the run' }).click();
  await page.waitForURL(/\/runs\//);
  await page.goto(`${address}/cluster`);
  await page.getByRole('region', { name: 'Workers' }).waitFor({ timeout: 60_000 });
  await picture('cluster');
} finally {
  await browser.close();
  server.kill('SIGINT');
  await once(server, 'close');
  await rm(folder, { recursive: true, force: true });
}
