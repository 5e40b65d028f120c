import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cacheFolder, userFolder, type Surroundings } from '../src/user-folders.js';

const surroundings = (changes: Partial<Surroundings> = {}): Surroundings => ({
  ...{ environment: {}, platform: 'linux', home: () => '/home/ada' },
  ...changes,
});

describe('the folders of a user', () => {
  it('are where each system has them', () => {
    const folders = (['linux', 'freebsd', 'darwin', 'win32'] as const).map((platform) =>
      (['data', 'cache'] as const).map((kind) => userFolder(kind, surroundings({ platform }))),
    );
    expect(folders).toEqual([
      ['/home/ada/.local/share/xaigrid', '/home/ada/.cache/xaigrid'],
      ['/home/ada/.local/share/xaigrid', '/home/ada/.cache/xaigrid'],
      ['/home/ada/Library/Application Support/xaigrid', '/home/ada/Library/Caches/xaigrid'],
      ['/home/ada/AppData/Local/xaigrid/Data', '/home/ada/AppData/Local/xaigrid/Cache'],
    ]);
  });

  it('follow XDG_DATA_HOME and XDG_CACHE_HOME, where they are absolute', () => {
    const environment = { XDG_DATA_HOME: '/disk/data', XDG_CACHE_HOME: '/disk/cache' };
    expect(userFolder('data', surroundings({ environment }))).toBe('/disk/data/xaigrid');
    expect(userFolder('cache', surroundings({ environment, platform: 'darwin' }))).toBe('/disk/cache/xaigrid');
    for (const XDG_DATA_HOME of ['', 'data', './data'])
      expect(userFolder('data', surroundings({ environment: { XDG_DATA_HOME } }))).toBe('/home/ada/.local/share/xaigrid');
  });

  it.each([
    ['is empty', () => '', /no home folder \(|no home folder\. Set HOME/],
    ['is no path', () => 'ada', /HOME is "ada", which is no absolute path/],
    [
      'nobody knows',
      () => {
        throw new Error('ENOENT: uv_os_homedir');
      },
      /no home folder\. Set HOME, or name the store: --store FOLDER/,
    ],
  ])('want a home, and say so when it %s', (_case, home, sentence) => {
    expect(() => userFolder('data', surroundings({ home }))).toThrow(
      expect.objectContaining({ code: 'ENVIRONMENT_INVALID', message: expect.stringMatching(sentence) as string }) as Error,
    );
    expect(userFolder('data', surroundings({ home, environment: { XDG_DATA_HOME: '/data' } }))).toBe('/data/xaigrid');
  });
});

describe('the cache of a process', () => {
  const cache = (environment: Record<string, string>, home = '/'): string =>
    cacheFolder(surroundings({ environment, home: () => home }));

  it('is XAIGRID_CACHE_DIR, else XDG_CACHE_HOME, else in the home, else a temporary folder that is the user’s own', () => {
    expect(cache({ XAIGRID_CACHE_DIR: '/named', XDG_CACHE_HOME: '/cache' })).toBe('/named');
    expect(cache({ XAIGRID_CACHE_DIR: '', XDG_CACHE_HOME: '/cache' })).toBe('/cache/xaigrid');
    expect(cache({}, tmpdir())).toBe(join(tmpdir(), '.cache/xaigrid'));
    expect(cache({}, '/nonexistent')).toBe(join(tmpdir(), `xaigrid-cache-${process.getuid?.() ?? ''}`));
    expect(cache({}, '')).toBe(join(tmpdir(), `xaigrid-cache-${process.getuid?.() ?? ''}`));
  });
});
