/// <reference lib="dom" />
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** A page whose complaints are collected: errors, warnings, and what its policy refused. */
export async function listenedPage(from: BrowserContext, complaints: string[]): Promise<Page> {
  const page = await from.newPage();
  page.on('console', (message) => {
    // The tests themselves read pictures.
    if (message.text().includes('getImageData')) return;
    if (['error', 'warning'].includes(message.type())) complaints.push(`${page.url()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`${page.url()}: ${error.message}`));
  return page;
}

/** What axe finds on a page, and whether it is wider than its window. */
async function faultsOf(page: Page): Promise<string[]> {
  // What is still read has no heading, and on a busy machine the network is idle before it is asked.
  await page.getByRole('heading', { level: 1 }).first().waitFor();
  await page.waitForLoadState('networkidle');
  await page.evaluate(await readFile(axe, 'utf8'));
  const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run());
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  return [
    ...violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`),
    ...(overflow > 0 ? [`${overflow} pixels wider than the window`] : []),
  ];
}

/** Opens a view in both colours, narrow and wide. @returns what is wrong, each with where */
export async function faultsInAllForms(
  browser: Browser,
  open: (page: Page) => Promise<void>,
  complaints: string[],
): Promise<string[]> {
  const found: string[] = [];
  for (const colorScheme of ['light', 'dark'] as const)
    for (const width of [360, 1600]) {
      const context = await browser.newContext({ colorScheme, viewport: { width, height: 900 } });
      const page = await listenedPage(context, complaints);
      await open(page);
      found.push(...(await faultsOf(page)).map((fault) => `${colorScheme} ${width}: ${fault}`));
      await context.close();
    }
  return found;
}
