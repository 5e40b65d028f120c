import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createUploadFolder } from '../src/http/upload-folder.js';
import { portOf, startTestServer } from './test-server.js';
import { containing } from './text-matchers.js';

const bytes = Buffer.from('a model, as far as anybody knows');
const hash = createHash('sha256').update(bytes).digest('hex');
const put = { method: 'PUT', url: `/v1/artifacts/${hash}`, headers: { 'content-type': 'application/octet-stream' } } as const;

/** Files that wait in upload folders of this machine; another test process may have some of its own. */
function waitingFiles(): number {
  const folders = readdirSync(tmpdir()).filter((name) => name.startsWith('xaigrid-uploads-'));
  return folders.reduce((count, folder) => count + readdirSync(`${tmpdir()}/${folder}`).length, 0);
}

describe('PUT /v1/artifacts', () => {
  it('stores a file once', async () => {
    const { app, stored } = await startTestServer();
    expect((await app.inject({ method: 'HEAD', url: put.url })).statusCode).toBe(404);
    const first = await app.inject({ ...put, payload: bytes });
    expect([first.statusCode, first.json()]).toEqual([201, { sha256: hash, created: true }]);
    expect(stored.get(hash)).toEqual(bytes);
    expect((await app.inject({ method: 'HEAD', url: put.url })).statusCode).toBe(200);
    const second = await app.inject({ ...put, payload: bytes });
    expect([second.statusCode, second.json()]).toEqual([200, { sha256: hash, created: false }]);
  });

  it('stores an empty file', async () => {
    const { app, stored } = await startTestServer();
    const empty = createHash('sha256').digest('hex');
    const answer = await app.inject({ ...put, url: `/v1/artifacts/${empty}`, payload: Readable.from([]) });
    expect([answer.statusCode, stored.get(empty)?.length]).toEqual([201, 0]);
  });

  it('takes more than other routes do, in pieces', async () => {
    const { app, stored } = await startTestServer();
    const large = Buffer.alloc(9 * 1024 * 1024, 'x');
    const sha256 = createHash('sha256').update(large).digest('hex');
    const answer = await app.inject({ ...put, url: `/v1/artifacts/${sha256}`, payload: large });
    expect([answer.statusCode, stored.get(sha256)?.length]).toEqual([201, large.length]);
  });

  it('refuses what is not what it says', async () => {
    const { app, stored } = await startTestServer();
    const answer = await app.inject({ ...put, payload: Buffer.concat([bytes, Buffer.from('!')]) });
    expect(answer.statusCode).toBe(422);
    expect(answer.json()).toMatchObject({ error: { code: 'ARTIFACT_DAMAGED', message: containing(`not ${hash}`) } });
    expect(stored.size).toBe(0);
  });

  it.each([
    ['../../../etc/passwd', 404],
    ['..%2F..%2Fetc%2Fpasswd', 400],
    [hash.toUpperCase(), 400],
    [`${hash}0`, 400],
  ])('refuses the name %s', async (name, status) => {
    const { app } = await startTestServer();
    expect((await app.inject({ ...put, url: `/v1/artifacts/${name}`, payload: bytes })).statusCode).toBe(status);
  });

  it('takes only bytes', async () => {
    const { app } = await startTestServer();
    const answer = await app.inject({ ...put, headers: { 'content-type': 'application/json' }, payload: '{}' });
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ error: { message: containing('application/octet-stream') } });
  });

  it('leaves nothing behind when the client hangs up in the middle', async () => {
    const { app, stored } = await startTestServer();
    await app.listen({ port: 0, host: '127.0.0.1' });
    const before = waitingFiles();
    const port = portOf(app);
    const socket = connect(port, '127.0.0.1');
    socket.write(
      `PUT ${put.url} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/octet-stream\r\nContent-Length: 1000\r\n\r\nonly this`,
    );
    await until(() => waitingFiles() === before + 1);
    socket.destroy();
    await until(() => waitingFiles() === before);
    expect(stored.size).toBe(0);
  });
});

describe('an upload folder', () => {
  it('stops reading above the limit', async () => {
    const uploads = await createUploadFolder({ limit: 1024 * 1024 });
    let produced = 0;
    const endless = Readable.from(
      (function* () {
        for (;;) {
          produced += 65_536;
          yield Buffer.alloc(65_536);
        }
      })(),
    );
    const received = uploads.receive(endless, hash, () => Promise.reject(new Error('never stored')));
    await expect(received).rejects.toMatchObject({ code: 'ARTIFACT_TOO_LARGE', message: containing('1 MiB') });
    expect(produced).toBeLessThan(4 * 1024 * 1024);
    await uploads.close();
  });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(5);
}
