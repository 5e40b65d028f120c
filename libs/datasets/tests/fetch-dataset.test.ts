import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { zipSync, type Zippable } from 'fflate';
import { afterEach, describe, expect, it } from 'vitest';
import { fetchDataset, publishedDataset, type PublishedDataset } from '@xaigrid/datasets';
import golden from './goldens/image-files.json' with { type: 'json' };
import { expectRejection, temporaryFolder } from './open-dataset.js';

const root = temporaryFolder();
const image = Buffer.from(golden.good['rgb.tif'].file, 'base64');
/** What does not get smaller, so that the archive is long enough to break off in. */
let state = 1;
const noise = Uint8Array.from({ length: 300_000 }, () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 24);
const archive = zipOf({
  '01_TUMOR/a.tif': image,
  '01_TUMOR/b.tif': image,
  '02_STROMA/c.tif': image,
  '02_STROMA/notes.bin': noise,
});

function zipOf(files: Zippable): Buffer {
  return Buffer.from(
    zipSync({
      'Kather/': new Uint8Array(0),
      ...Object.fromEntries(Object.entries(files).map(([name, file]) => [`Kather/${name}`, file])),
    }),
  );
}

function published(url: string, content: Uint8Array = archive): PublishedDataset {
  return { ...publishedDataset('hmt'), url, folder: 'Kather', md5: createHash('md5').update(content).digest('hex') };
}

type Answer = (request: IncomingMessage, response: ServerResponse, call: number) => void;
let close: (() => void) | undefined;
afterEach(() => close?.());

/** A server whose requests are kept. */
async function serve(answer: Answer): Promise<{ url: string; requests: IncomingMessage[] }> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => answer(request, response, requests.push(request)));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hmt.zip`, requests };
}

/** Whole, or from where it is asked for. */
function send(request: IncomingMessage, response: ServerResponse, content: Uint8Array, etag = '"one"'): void {
  const [, start] = /^bytes=(\d+)-$/.exec(request.headers.range ?? '') ?? [];
  if (start === undefined || request.headers['if-range'] !== etag) {
    response.writeHead(200, { 'content-length': content.length, etag }).end(content);
    return;
  }
  const from = Number(start);
  if (from >= content.length) response.writeHead(416).end();
  else {
    const range = `bytes ${from}-${content.length - 1}/${content.length}`;
    response
      .writeHead(206, { 'content-length': content.length - from, 'content-range': range, etag })
      .end(content.subarray(from));
  }
}

function breakOff(response: ServerResponse, content: Uint8Array, after: number, etag = '"one"'): void {
  response.writeHead(200, { 'content-length': content.length, etag });
  response.write(content.subarray(0, after), () => setTimeout(() => response.destroy(), 20));
}

let count = 0;
const target = (): string => join(root, `set-${(count += 1)}`);
const filesBeside = (to: string): string[] => readdirSync(root).filter((name) => join(root, name).startsWith(`${to}.`));
const quick = { retryDelayMs: 1 };

describe('a published set', () => {
  it('becomes a folder with one folder a class, and nothing is left beside it', async () => {
    const { url, requests } = await serve((request, response) => send(request, response, archive));
    const to = target();
    const seen: (readonly [number, number | undefined])[] = [];
    const fetched = await fetchDataset(published(url), { to, onProgress: (...progress) => seen.push(progress) });
    expect(fetched).toEqual({ folder: to, images: 3, classes: 2, already: false });
    expect(readFileSync(join(to, '02_STROMA', 'c.tif'))).toEqual(image);
    expect(seen.at(-1)).toEqual([archive.length, archive.length]);
    expect(filesBeside(to)).toEqual([]);
    expect(await fetchDataset(published(url), { to })).toEqual({ ...fetched, already: true });
    expect(requests).toHaveLength(1);
  });

  it('is gone on with where the connection broke off', async () => {
    const { url, requests } = await serve((request, response, call) =>
      call === 1 ? breakOff(response, archive, 100_000) : send(request, response, archive),
    );
    expect((await fetchDataset(published(url), { to: target(), ...quick })).images).toBe(3);
    expect(requests.map(({ headers }) => headers.range)).toEqual([undefined, 'bytes=100000-']);
  });

  it('is gone on with by another process later', async () => {
    const to = target();
    const first = await serve((_, response, call) =>
      call === 1 ? breakOff(response, archive, 200_000) : response.writeHead(503).end(),
    );
    await expectRejection(
      fetchDataset(published(first.url), { to, ...quick }),
      'DOWNLOAD_FAILED',
      /answers 503 .* the same command continues from there/,
    );
    close?.();
    const second = await serve((request, response) => send(request, response, archive));
    expect((await fetchDataset(published(second.url), { to })).images).toBe(3);
    expect(second.requests[0]?.headers.range).toBe('bytes=200000-');
  });

  it.each([
    ['a server that sends the whole whatever is asked for', (response: ServerResponse) => response.writeHead(200).end(archive)],
    [
      'a file that is another one by now',
      (response: ServerResponse, request: IncomingMessage) => send(request, response, archive, '"two"'),
    ],
    [
      'a server that sends another part',
      (response: ServerResponse, { headers: { range } }: IncomingMessage) =>
        range === undefined
          ? response.writeHead(200).end(archive)
          : response.writeHead(206, { 'content-range': `bytes 5-9/${archive.length}` }).end(archive.subarray(5, 10)),
    ],
  ])('begins anew with %s', async (_, answer) => {
    const { url } = await serve((request, response, call) =>
      call === 1 ? breakOff(response, Buffer.alloc(archive.length), 50_000) : answer(response, request),
    );
    expect((await fetchDataset(published(url), { to: target(), ...quick })).images).toBe(3);
  });

  it('follows a server that sends it elsewhere', async () => {
    const { url } = await serve((request, response) =>
      request.url === '/hmt.zip' ? response.writeHead(302, { location: '/there' }).end() : send(request, response, archive),
    );
    expect((await fetchDataset(published(url), { to: target() })).images).toBe(3);
  });

  it('is whole already when the server has nothing after it', async () => {
    const to = target();
    writeFileSync(`${to}.zip.part`, archive);
    writeFileSync(`${to}.zip.part.json`, JSON.stringify({ validator: '"one"' }));
    const { url } = await serve((request, response) => send(request, response, archive));
    expect((await fetchDataset(published(url), { to })).images).toBe(3);
  });
});

describe('is refused, and leaves no folder:', () => {
  const fails = async (answer: Answer, code: 'DOWNLOAD_FAILED' | 'DATASET_UNREADABLE', reason: RegExp, content = archive) => {
    const to = target();
    const { url } = await serve(answer);
    await expectRejection(fetchDataset(published(url, content), { to, ...quick }), code, reason);
    expect(existsSync(to)).toBe(false);
    return filesBeside(to);
  };

  it('a file with another hash', async () => {
    const left = await fails(
      (_, response) => response.end('something else'),
      'DOWNLOAD_FAILED',
      /is not the published file: its MD5 is/,
    );
    expect(left).toEqual([]);
  });

  it('no such file', () =>
    fails((_, response) => response.writeHead(404).end(), 'DOWNLOAD_FAILED', /answers 404 Not Found\. Give another --url/));

  it('no server', async () => {
    const { url } = await serve(() => undefined);
    close?.();
    await expectRejection(
      fetchDataset(published(url), { to: target(), ...quick }),
      'DOWNLOAD_FAILED',
      /ECONNREFUSED.*Check that this machine has internet/,
    );
  });

  it.each([
    ['a name that leads out', zipOf({ '../../out/x.tif': image }), /out\/x\.tif|invalid relative path/],
    ['files deeper than a class', zipOf({ 'a/b/x.tif': image }), /Kather\/a\/b\/x\.tif is not in a class folder/],
    ['a link', zipOf({ 'a/x.tif': [Buffer.from('/etc/passwd'), { os: 3, attrs: 0o120777 << 16 }] }), /is not a plain file/],
    ['another folder', Buffer.from(zipSync({ 'Other/a/x.tif': image })), /has no images in Kather\//],
    ['no zip file', Buffer.from('plain text'), /cannot be unpacked/],
  ])('%s', (_, content, reason) =>
    expect(
      fails((request, response) => send(request, response, content), 'DATASET_UNREADABLE', reason, content),
    ).resolves.toEqual([expect.stringMatching(/\.zip\.part$/)]),
  );
});
