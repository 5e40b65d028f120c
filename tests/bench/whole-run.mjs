import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Runs `xaigrid` and watches the process.
 * @throws when it does not end with status 0, with what it said.
 */
export async function xaigrid(...options) {
  const started = performance.now();
  const child = spawn(process.execPath, [join(root, 'apps/cli/bin/xaigrid.js'), ...options], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (data) => (said += data));
  let peakMiB = 0;
  const watch = setInterval(async () => {
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '');
    peakMiB = Math.max(peakMiB, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
  }, 100);
  const status = await new Promise((resolve) => child.on('close', resolve));
  clearInterval(watch);
  if (status !== 0) throw new Error(`xaigrid ${options.join(' ')} ended with status ${status}:\n${said}`);
  return { seconds: (performance.now() - started) / 1000, peakMiB };
}
