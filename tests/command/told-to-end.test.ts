import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { benchSpec } from '../support/fault-bench.js';
import { finish, repository, start } from '../support/processes.js';
import { openTerminal } from '../support/terminal.js';

let folder: string;
let spec: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xaigrid-told-'));
  // The embedded Postgres runs as another user when we are root.
  await chmod(folder, 0o755);
  spec = join(folder, 'spec.json');
  await writeFile(spec, benchSpec);
  const { stderr, status } = await finish('xaigrid', ['run', spec, '--limit', '10', '--store', join(folder, 'store')], {
    folder,
  });
  expect(status, stderr).toBe(0);
}, 180_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

const serverOf = (store: string): string => join(store, 'postgres', 'cluster', 'data', 'postmaster.pid');

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries++) {
    if (tries > 1_000) throw new Error('It took too long.');
    await delay(20);
  }
}

/** Ends a command so many milliseconds after its Postgres was launched. @returns its exit status, where it had not ended before */
async function toldToEnd(
  args: readonly string[],
  { store, signal, after }: { readonly store: string; readonly signal: NodeJS.Signals; readonly after: number },
): Promise<number | null | undefined> {
  const command = start('xaigrid', [...args, '--store', store], { folder });
  await until(() => existsSync(serverOf(store)) || command.child.exitCode !== null);
  await delay(after);
  const early = command.child.exitCode === null;
  command.kill(signal);
  const { status } = await command.finished;
  return early ? status : undefined;
}

describe('a command that is told to end in the middle', () => {
  it.each<[string, readonly string[], NodeJS.Signals]>([
    ['only reads', ['list'], 'SIGINT'],
    ['only reads', ['table', 'latest'], 'SIGTERM'],
    ['writes', ['edit', 'latest', '--tag', 'told'], 'SIGINT'],
  ])('and %s leaves no Postgres behind: %j, %s', async (_, args, signal) => {
    const store = join(folder, 'store');
    for (const after of [0, 60, 250, 600]) {
      const status = await toldToEnd(args, { store, signal, after });
      expect(existsSync(serverOf(store))).toBe(false);
      // A signal after Postgres was given back and before the process is gone ends it at once (null here, 130 to a shell), or comes
      // too late (0).
      expect([130, null, 0, undefined]).toContain(status);
    }
  });

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'while a run is computed and its Postgres starts leaves none behind: %s',
    async (signal) => {
      const store = join(folder, `new-${signal}`);
      for (const after of [0, 300, 1_500]) {
        // One of them interrupts a store that is being made.
        const status = await toldToEnd(['run', spec], { store, signal, after });
        expect(existsSync(serverOf(store))).toBe(false);
        expect(status).toBe(130);
      }
      // And the store is whole.
      expect((await finish('xaigrid', ['list', '--store', store], { folder })).status).toBe(0);
    },
  );

  it.each([
    ['report latest --out page.html', 100],
    ['run spec.json', 300],
    ['run spec.json', 1_500],
  ])('by its terminal, which closes, leaves none behind: %s, after %i ms', async (command, after) => {
    const store = join(folder, 'store');
    const session = openTerminal(`node ${repository}apps/cli/bin/xaigrid.js ${command} --store ${store}`, { folder });
    await until(() => existsSync(serverOf(store)));
    await delay(after);
    session.close();
    await until(() => !existsSync(serverOf(store)));
    const list = await finish('xaigrid', ['list', '--store', store], { folder });
    expect(list.stdout).not.toContain(' running ');
  });

  // Also in its last moments, when its Postgres is given back already.
  it.each([0, 300, 600, 900])('goes on without a terminal, as under nohup: %i ms', async (after) => {
    const store = join(folder, 'store');
    const status = await toldToEnd(['run', spec, '--limit', '12'], { store, signal: 'SIGHUP', after });
    expect([0, undefined]).toContain(status);
  });
});
