import { describe, expect, it } from 'vitest';
import { keepRecent } from '../src/recent.js';

describe('keepRecent', () => {
  it('makes a value once, also for callers at the same time', async () => {
    let made = 0;
    const recent = keepRecent<number>(2, () => Promise.resolve());
    const make = (): Promise<number> => Promise.resolve((made += 1));
    expect(await Promise.all([recent.get('a', make), recent.get('a', make)])).toEqual([1, 1]);
    expect(made).toBe(1);
  });

  it('closes the value that was not used for longest', async () => {
    const closed: string[] = [];
    const recent = keepRecent<string>(2, (value) => Promise.resolve(void closed.push(value)));
    const get = (key: string): Promise<string> => recent.get(key, () => Promise.resolve(key));
    await get('a');
    await get('b');
    await get('a');
    await get('c');
    expect(closed).toEqual(['b']);
    await recent.close();
    expect(closed.sort()).toEqual(['a', 'b', 'c']);
  });

  it('tries again after a failure', async () => {
    const recent = keepRecent<number>(2, () => Promise.resolve());
    await expect(recent.get('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await recent.get('a', () => Promise.resolve(1))).toBe(1);
  });
});
