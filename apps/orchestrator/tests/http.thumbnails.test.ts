import { mkdtemp, readdir, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decode } from 'fast-png';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createThumbnailCache } from '../src/http/thumbnail-cache.js';
import { startTestServer, type TestServer } from './test-server.js';
import { containing } from './text-matchers.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xaigrid-thumbnails-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A server of grey images of 300 × 600, as dark as their number says, and how often an image was read. */
async function startImages(mostBytes?: number): Promise<TestServer & { readonly reads: () => number }> {
  const server = await startTestServer({ pictures: { folder, ...(mostBytes === undefined ? {} : { mostBytes }) } });
  server.addRun('aa');
  const show = server.control.show.bind(server.control);
  server.control.show = async (reference) => ({
    ...(await show(reference)),
    evaluations: await server.control.evaluations(reference, {}),
  });
  let reads = 0;
  server.control.sample = (_reference, _ordinal, index) => {
    reads += 1;
    return Promise.resolve({ input: { shape: [300, 600, 3], data: new Float32Array(540_000).fill(index / 10) }, label: 0 });
  };
  server.control.maps = (_reference, _ordinal, start, end) =>
    Promise.resolve({
      maps: { shape: [end - start, 300, 600], data: Float32Array.from({ length: 180_000 }, (_, at) => at % 600) },
      degenerate: [false],
    });
  return { ...server, reads: () => reads };
}

const address = (index: number, of = 'sample', id = 'aa'): string =>
  `/v1/runs/${id}/evaluations/0/samples/${index}/thumbnail?of=${of}`;

describe('a thumbnail', () => {
  it('is a small picture of the sample, or of the map over it', async () => {
    const { app } = await startImages();
    const answer = await app.inject(address(5));
    expect(answer.headers['content-type']).toBe('image/png');
    const picture = decode(answer.rawPayload);
    expect([picture.width, picture.height]).toEqual([208, 104]);
    // 0.5 is grey.
    expect([...picture.data.slice(0, 3)]).toEqual([128, 128, 128]);
    const map = decode((await app.inject(address(5, 'map'))).rawPayload);
    const [left, right] = [0, 207].map((column) => [...map.data.slice(3 * column, 3 * column + 3)]);
    // Viridis goes from violet to yellow.
    expect([(left?.[2] ?? 0) > (left?.[1] ?? 0), (right?.[2] ?? 0) < (right?.[1] ?? 0)]).toEqual([true, true]);
  });

  it('is made once, for every server of the folder, and never again by a browser that has it', async () => {
    const { app, reads } = await startImages();
    const [first] = await Promise.all([app.inject(address(3)), app.inject(address(3))]);
    expect(first.headers['cache-control']).toBe('private, max-age=31536000, immutable');
    const { app: again, reads: readsAgain } = await startImages();
    const second = await again.inject(address(3));
    expect([reads(), readsAgain()]).toEqual([1, 0]);
    expect(second.rawPayload.equals(first.rawPayload)).toBe(true);
    const etag = String(first.headers.etag);
    const unchanged = await again.inject({ url: address(3), headers: { 'if-none-match': etag } });
    expect([unchanged.statusCode, unchanged.rawPayload.length]).toEqual([304, 0]);
    expect((await again.inject(address(4))).headers.etag).not.toBe(etag);
    expect((await again.inject(address(3, 'map'))).headers.etag).not.toBe(etag);
  });

  it('is not kept by a browser under a name that may come to mean another run', async () => {
    const { app } = await startImages();
    expect((await app.inject(address(3, 'sample', 'latest'))).headers['cache-control']).toBe('private, no-cache');
  });

  it.each([
    ['/v1/runs/nosuch/evaluations/0/samples/0/thumbnail', 404, 'nosuch'],
    ['/v1/runs/aa/evaluations/7/samples/0/thumbnail', 404, 'Run aa has no evaluation 7'],
    ['/v1/runs/aa/evaluations/0/samples/0/thumbnail?of=x', 400, '"x" is none of sample, map'],
  ])('of %s is refused with %i', async (url, status, sentence) => {
    const { app } = await startImages();
    const answer = await app.inject(url);
    expect(answer.statusCode).toBe(status);
    expect(answer.json()).toMatchObject({ error: { message: containing(sentence) } });
    expect(answer.headers['cache-control']).toBeUndefined();
  });

  it('of a signal is refused, and says why', async () => {
    const { app, control } = await startImages();
    control.sample = () => Promise.resolve({ input: { shape: [40, 1], data: new Float32Array(40) }, label: 0 });
    const answer = await app.inject(address(1));
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ error: { message: 'Thumbnails are of images; sample 1 has the shape [40, 1].' } });
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('the cache of thumbnails', () => {
  const picture = (key: string): Promise<Uint8Array> =>
    Promise.resolve(Uint8Array.from({ length: 100 }, () => key.charCodeAt(0)));
  const names = async (): Promise<string> =>
    (await readdir(folder))
      .map((name) => name[0])
      .toSorted()
      .join('');

  it('removes what was not used for longest beyond its bound', async () => {
    const cache = createThumbnailCache({ folder, mostBytes: 300 });
    for (const key of ['a', 'b', 'c', 'a', 'd']) await cache.get(key, () => picture(key));
    expect(await names()).toBe('acd');
  });

  it('goes on with what an earlier process used last', async () => {
    const before = createThumbnailCache({ folder, mostBytes: 300 });
    for (const key of ['a', 'b', 'c']) await before.get(key, () => picture(key));
    for (const [key, seconds] of [
      ['b', 1],
      ['a', 2],
      ['c', 3],
    ] as const)
      await utimes(join(folder, `${key}.png`), seconds, seconds);
    const after = createThumbnailCache({ folder, mostBytes: 300 });
    await after.get('d', () => picture('d'));
    expect(await names()).toBe('acd');
  });

  it('gives pictures although its folder cannot be made', async () => {
    const cache = createThumbnailCache({ folder: '/dev/null/nowhere', mostBytes: 300 });
    expect(await cache.get('a', () => picture('a'))).toHaveLength(100);
  });

  it('does not keep a failure', async () => {
    const cache = createThumbnailCache({ folder, mostBytes: 300 });
    await expect(cache.get('a', () => Promise.reject(new Error('not there')))).rejects.toThrow('not there');
    expect(await cache.get('a', () => picture('a'))).toHaveLength(100);
  });
});
