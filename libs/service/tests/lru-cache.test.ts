import { describe, expect, it } from 'vitest';
import { createLruCache } from '../src/lru-cache.js';

describe('createLruCache', () => {
  it('makes a value once, also for callers at the same time', async () => {
    let made = 0;
    const cache = createLruCache<number>(2, () => Promise.resolve());
    const make = (): Promise<number> => Promise.resolve((made += 1));
    expect(await Promise.all([cache.get('a', make), cache.get('a', make)])).toEqual([1, 1]);
    expect(made).toBe(1);
  });

  it('closes the value that was not used for longest', async () => {
    const closed: string[] = [];
    const cache = createLruCache<string>(2, (value) => Promise.resolve(void closed.push(value)));
    const get = (key: string): Promise<string> => cache.get(key, () => Promise.resolve(key));
    await get('a');
    await get('b');
    await get('a');
    await get('c');
    expect(closed).toEqual(['b']);
    await cache.close();
    expect(closed.sort()).toEqual(['a', 'b', 'c']);
  });

  it('tries again after a failure', async () => {
    const cache = createLruCache<number>(2, () => Promise.resolve());
    await expect(cache.get('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await cache.get('a', () => Promise.resolve(1))).toBe(1);
  });
});
