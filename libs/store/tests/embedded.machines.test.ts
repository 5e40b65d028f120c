import { chown, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { embeddedPostgresState, startEmbeddedPostgres } from '../src/index.js';
import { dataFolder, embeddedFolder } from './embedded-folder.js';

/** A process id that no machine has: larger than Linux allows. */
const nobody = 2 ** 22 + 1;

/** A store whose server was not stopped in order, on a machine of that name and start. */
async function leftBehind(name: string, boot: string): Promise<string> {
  const folder = await embeddedFolder();
  await (await startEmbeddedPostgres({ folder })).stop();
  await writeFile(join(folder, 'machine'), `${name}\n${boot}\n`);
  const file = join(dataFolder(folder), 'postmaster.pid');
  await writeFile(file, `${nobody}\n${dataFolder(folder)}\n1\n5432\n`, { mode: 0o600 });
  const { uid, gid } = await stat(dataFolder(folder));
  await chown(file, uid, gid);
  return folder;
}

describe('an embedded Postgres on a disk that machines share', () => {
  it('is not started while another machine may have one on the same data', async () => {
    const folder = await leftBehind('another-machine', 'another-boot');
    await expect(startEmbeddedPostgres({ folder })).rejects.toMatchObject({
      code: 'DATABASE_UNREACHABLE',
      message: expect.stringMatching(/in use on another machine, another-machine,.*remove .*postmaster\.pid\./) as string,
    });
    // As the sentence says.
    await rm(join(dataFolder(folder), 'postmaster.pid'));
    await (await startEmbeddedPostgres({ folder })).stop();
    expect((await readFile(join(folder, 'machine'), 'utf8')).split('\n')[0]).toBe(hostname());
  });

  it.runIf(process.platform === 'linux')('starts after this machine was restarted, or its container replaced', async () => {
    const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
    for (const folder of [await leftBehind(hostname(), 'an earlier start'), await leftBehind('another-container', boot)])
      await (await startEmbeddedPostgres({ folder })).stop();
  });
});

describe('the folder of an embedded Postgres', () => {
  it('is known by what is in it, and looking makes nothing', async () => {
    const above = await embeddedFolder();
    const folder = join(above, 'store', 'postgres');
    expect(await embeddedPostgresState(folder)).toBe('absent');
    expect(await embeddedPostgresState(join(above, 'x'.repeat(300)))).toBe('absent');
    await expect(stat(join(above, 'store'))).rejects.toThrow('ENOENT');
    await mkdir(folder, { recursive: true });
    expect(await embeddedPostgresState(folder)).toBe('absent');
    const server = await startEmbeddedPostgres({ folder });
    expect(await embeddedPostgresState(folder)).toBe('running');
    await server.stop();
    expect(await embeddedPostgresState(folder)).toBe('stopped');
  });

  it('is nobody else’s to look into', async () => {
    const above = await embeddedFolder();
    const folder = join(above, 'store', 'postgres');
    await (await startEmbeddedPostgres({ folder })).stop();
    const modes = await Promise.all(
      [join(above, 'store'), folder, dataFolder(folder)].map(async (path) => (await stat(path)).mode & 0o777),
    );
    // The user that a root process runs Postgres as gets through the first two, and sees nothing of them.
    const store = process.geteuid?.() === 0 ? 0o711 : 0o700;
    expect(modes).toEqual([store, store, 0o700]);
  });
});
