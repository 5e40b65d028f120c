import { access, chmod, mkdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { canEnter } from '../src/embedded/server-user.js';
import { startFailure } from '../src/embedded/start-failure.js';
import { assertStoreCanBeMade, startEmbeddedPostgres } from '../src/index.js';
import { dataFolder, embeddedFolder, run } from './embedded-folder.js';
import { startHolder } from './embedded-process/holder.js';

const isRoot = process.getuid?.() === 0;
const nobody = { uid: 65_534, gid: 65_534 };

describe('startEmbeddedPostgres refuses', () => {
  it('a folder where a file is in the way', async () => {
    const file = join(await embeddedFolder(), 'file');
    await writeFile(file, '');
    await expect(startEmbeddedPostgres({ folder: join(file, 'postgres') })).rejects.toMatchObject({
      code: 'FOLDER_UNWRITABLE',
      message: expect.stringMatching(/a file of that name is in the way.*set DATABASE_URL/) as string,
    });
  });

  it.skipIf(isRoot)('a folder it may not write to', async () => {
    const folder = await embeddedFolder();
    await chmod(folder, 0o500);
    await expect(startEmbeddedPostgres({ folder })).rejects.toMatchObject({
      code: 'FOLDER_UNWRITABLE',
      message: expect.stringContaining(`no permission for ${folder}`) as string,
    });
  });

  it('before it makes anything, what it could not make', async () => {
    const folder = await embeddedFolder();
    const file = join(folder, 'file');
    await writeFile(file, '');
    for (const wanted of [file, join(file, 'store'), join(file, 'store', 'below')])
      await expect(assertStoreCanBeMade(wanted)).rejects.toMatchObject({
        code: 'FOLDER_UNWRITABLE',
        message: expect.stringContaining(`${wanted} cannot be made: a file of that name is in the way`) as string,
      });
    await expect(assertStoreCanBeMade(join(folder, 'store', 'below'))).resolves.toBeUndefined();
    await expect(access(join(folder, 'store'))).rejects.toThrow('ENOENT');
  });

  it.skipIf(isRoot)('before it makes anything, a folder below one that it may not write to', async () => {
    const folder = await embeddedFolder();
    await chmod(folder, 0o500);
    await expect(assertStoreCanBeMade(join(folder, 'store'))).rejects.toMatchObject({
      code: 'FOLDER_UNWRITABLE',
      message: expect.stringContaining(`no permission for ${folder}`) as string,
    });
  });

  it('data of another major version', async () => {
    const folder = await embeddedFolder();
    await (await startEmbeddedPostgres({ folder })).stop();
    await writeFile(join(dataFolder(folder), 'PG_VERSION'), '17\n');
    await expect(startEmbeddedPostgres({ folder })).rejects.toMatchObject({
      code: 'DATABASE_SCHEMA',
      message: expect.stringContaining('another major version') as string,
    });
  });

  it('data that is damaged, and says where the log is', async () => {
    const folder = await embeddedFolder();
    await (await startEmbeddedPostgres({ folder })).stop();
    await writeFile(join(dataFolder(folder), 'global', 'pg_control'), 'damaged');
    await expect(startEmbeddedPostgres({ folder })).rejects.toMatchObject({
      code: 'DATABASE_UNREACHABLE',
      message: expect.stringContaining(join(folder, 'postgres.log')) as string,
    });
  });

  it('a server whose password is lost', async () => {
    const folder = await embeddedFolder();
    const server = await startEmbeddedPostgres({ folder });
    const passwordFile = join(folder, 'cluster', 'password');
    const password = await readFile(passwordFile);
    await writeFile(passwordFile, 'wrong\n');
    await expect(startEmbeddedPostgres({ folder })).rejects.toMatchObject({
      code: 'DATABASE_UNREACHABLE',
      message: expect.stringContaining('refuses the password') as string,
    });
    await writeFile(passwordFile, password);
    await server.stop();
  });

  it('to start when it is interrupted before', async () => {
    const folder = await embeddedFolder();
    await expect(startEmbeddedPostgres({ folder, signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'INTERRUPTED' });
  });

  it('to leave a server behind when it is interrupted while it starts', async () => {
    const folder = await embeddedFolder();
    await (await startEmbeddedPostgres({ folder })).stop();
    for (const afterMs of [1, 40, 80, 120]) {
      const result = await startEmbeddedPostgres({ folder, signal: AbortSignal.timeout(afterMs) }).catch(
        (error: unknown) => error,
      );
      if (!(result instanceof Error)) await (result as { stop(): Promise<void> }).stop();
      await expect(readFile(join(dataFolder(folder), 'postmaster.pid'))).rejects.toThrow('ENOENT');
    }
  });
});

describe('startFailure', () => {
  it('tells a full disk', () => {
    const log = '2026-01-01 00:00:00 UTC [1] FATAL:  could not write to file "pg_wal/xlogtemp.1": No space left on device\n';
    expect(startFailure({ folder: '/data', log })).toMatchObject({
      code: 'FOLDER_UNWRITABLE',
      message:
        'There is no space left on the disk of the database folder /data: could not write to file "pg_wal/xlogtemp.1": No space left on device.',
    });
  });

  it('lets the loser of a race try again', () => {
    expect(startFailure({ folder: '/data', log: 'FATAL:  lock file "postmaster.pid" already exists\nHINT:  …' })).toBeUndefined();
    expect(startFailure({ folder: '/data', log: 'FATAL:  could not create any TCP/IP sockets\n' })).toBeUndefined();
  });
});

describe.skipIf(!isRoot)('startEmbeddedPostgres as root', () => {
  const elsewhere: string[] = [];
  afterEach(async () => {
    for (const folder of elsewhere.splice(0)) await rm(folder, { recursive: true, force: true });
  });

  it('puts the data where its Postgres user can reach it when it cannot enter the folder', async () => {
    const closed = await embeddedFolder();
    await chmod(closed, 0o700);
    const folder = join(closed, 'project', '.xaigrid');
    const first = await startEmbeddedPostgres({ folder });
    const cluster = await realpath(join(folder, 'cluster'));
    elsewhere.push(cluster);
    expect(cluster.startsWith(closed)).toBe(false);
    await run(first.url, 'CREATE TABLE note AS SELECT 42 AS answer');
    await first.stop();
    const second = await startEmbeddedPostgres({ folder });
    expect(await run(second.url, 'SELECT answer FROM note')).toEqual([{ answer: 42 }]);
    await second.stop();
  });

  const reachable = canEnter(import.meta.dirname, { name: 'nobody', ids: nobody });
  it.skipIf(!reachable)('takes turns with the ordinary user whose data it is', async () => {
    const folder = join(await embeddedFolder(), 'postgres');
    await chmod(join(folder, '..'), 0o777);
    const theirs = await startHolder(folder, nobody);
    const attached = await startEmbeddedPostgres({ folder });
    expect(attached).toMatchObject({ attached: true, url: theirs.report.url });
    await theirs.stop();
    await attached.stop();
    const ours = await startEmbeddedPostgres({ folder });
    expect(ours.attached).toBe(false);
    const back = await startHolder(folder, nobody);
    expect(back.report).toEqual({ attached: true, url: ours.url });
    await ours.stop();
    await back.stop();
  });

  it('makes no second cluster where one is', async () => {
    const folder = await embeddedFolder();
    await mkdir(join(folder, 'cluster'));
    await expect(startEmbeddedPostgres({ folder })).rejects.toMatchObject({ code: 'FOLDER_UNWRITABLE' });
  });
});
