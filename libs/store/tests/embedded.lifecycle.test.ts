import { once } from 'node:events';
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startEmbeddedPostgres } from '../src/index.js';
import { dataFolder, embeddedFolder, run, serverLog, serverPid } from './embedded-folder.js';
import { startHolder } from './embedded-process/holder.js';

const createNote = 'CREATE TABLE note AS SELECT 42 AS answer';
const readNote = 'SELECT answer FROM note';

describe('startEmbeddedPostgres', () => {
  it('makes a cluster, keeps its data over a restart and its password to its owner', async () => {
    const folder = await embeddedFolder();
    const first = await startEmbeddedPostgres({ folder });
    expect(first.attached).toBe(false);
    expect(new URL(first.url).hostname).toBe('127.0.0.1');
    await run(first.url, createNote);
    await first.stop();
    await first.stop();
    expect(await serverPid(folder)).toBeUndefined();
    expect((await stat(join(folder, 'cluster', 'password'))).mode & 0o777).toBe(0o600);
    const second = await startEmbeddedPostgres({ folder });
    expect(await run(second.url, readNote)).toEqual([{ answer: 42 }]);
    await second.stop();
  });

  it('keeps durability on and listens on the loopback only', async () => {
    const folder = await embeddedFolder();
    const server = await startEmbeddedPostgres({ folder });
    const settings = await run(
      server.url,
      `SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'full_page_writes', 'listen_addresses', 'synchronous_commit') ORDER BY name`,
    );
    expect(settings.map(({ setting }) => setting)).toEqual(['on', 'on', '127.0.0.1', 'on']);
    await server.stop();
  });

  it('attaches to the server of another process, and the last to stop stops it', async () => {
    const folder = await embeddedFolder();
    const other = await startHolder(folder);
    const ours = await startEmbeddedPostgres({ folder });
    expect([other.report.attached, ours.attached]).toEqual([false, true]);
    expect(ours.url).toBe(other.report.url);
    await other.stop();
    expect(await run(ours.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await ours.stop();
    expect(await serverPid(folder)).toBeUndefined();
  });

  it('gives one server to all who start at once', async () => {
    const folder = await embeddedFolder();
    const [first, second, ours, again] = await Promise.all([
      startHolder(folder),
      startHolder(folder),
      startEmbeddedPostgres({ folder }),
      startEmbeddedPostgres({ folder }),
    ]);
    const reports = [first.report, second.report, ours, again];
    expect(new Set(reports.map(({ url }) => url)).size).toBe(1);
    expect(reports.filter(({ attached }) => !attached)).toHaveLength(1);
    await Promise.all([first.stop(), second.stop(), ours.stop(), again.stop()]);
    expect(await serverPid(folder)).toBeUndefined();
  });

  it('attaches to the server that a killed process left behind, and stops it', async () => {
    const folder = await embeddedFolder();
    const killed = await startHolder(folder);
    await run(killed.report.url, createNote);
    killed.child.kill('SIGKILL');
    await once(killed.child, 'close');
    const server = await startEmbeddedPostgres({ folder });
    expect(server).toMatchObject({ attached: true, url: killed.report.url });
    expect(await run(server.url, readNote)).toEqual([{ answer: 42 }]);
    await server.stop();
    expect(await serverPid(folder)).toBeUndefined();
  });

  it('recovers the data of a server that was killed', async () => {
    const folder = await embeddedFolder();
    const first = await startEmbeddedPostgres({ folder });
    await run(first.url, createNote);
    const pid = await serverPid(folder);
    process.kill(pid ?? 0, 'SIGKILL');
    await first.stop();
    const second = await startEmbeddedPostgres({ folder });
    expect(second.attached).toBe(false);
    expect(await run(second.url, readNote)).toEqual([{ answer: 42 }]);
    await second.stop();
  });

  it('starts over the pid file of a server that is gone, also when another program has its id', async () => {
    const folder = await embeddedFolder();
    await (await startEmbeddedPostgres({ folder })).stop();
    // A pid no Linux gives out, then that of this test.
    for (const pid of [4_194_305, process.pid]) {
      const lines = [pid, dataFolder(folder), 1, 5432, '', '127.0.0.1', '  1234567  12345', 'ready   ', ''];
      await writeFile(join(dataFolder(folder), 'postmaster.pid'), lines.join('\n'));
      const server = await startEmbeddedPostgres({ folder });
      expect(server.attached).toBe(false);
      await server.stop();
    }
  });

  it('survives Ctrl-C to the whole process group until it is stopped in order', async () => {
    const folder = await embeddedFolder();
    const holder = await startHolder(folder);
    process.kill(-(holder.child.pid ?? 0), 'SIGINT');
    await once(holder.child, 'close');
    expect(holder.child.exitCode).toBe(0);
    expect(await serverPid(folder)).toBeUndefined();
    expect((await serverLog(folder)).trimEnd()).toMatch(/database system is shut down$/);
  });
});
