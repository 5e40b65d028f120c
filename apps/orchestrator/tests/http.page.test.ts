import { brotliDecompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { startTestServer } from './test-server.js';

const token = 'correct-horse-battery';

describe('the page', () => {
  it.each(['/', '/runs/abc', '/runs/abc?part=table', '/runs/abc/samples/3?by=1'])(
    'is at %s, under a policy of its own',
    async (url) => {
      const { app } = await startTestServer();
      const answer = await app.inject(url);
      expect(answer.statusCode).toBe(200);
      expect(answer.headers['content-type']).toBe('text/html; charset=utf-8');
      expect(answer.headers['cache-control']).toBe('no-store');
      const nonce = /'nonce-([^']+)'/.exec(String(answer.headers['content-security-policy']))?.[1] ?? '';
      expect(nonce.length).toBeGreaterThan(16);
      expect(answer.body).toContain(`<meta name="csp-nonce" content="${nonce}"`);
      expect((await app.inject(url)).body).not.toContain(nonce);
    },
  );

  it('says itself that there is no such address, to whoever opens it in a browser', async () => {
    const { app } = await startTestServer({ token });
    const accept = 'text/html,application/xhtml+xml,*/*;q=0.8';
    const [opened, asked, api] = await Promise.all([
      app.inject({ url: '/rums/abc', headers: { accept } }),
      app.inject({ url: '/rums/abc', headers: { accept: '*/*' } }),
      app.inject({ url: '/v1/rums', headers: { accept } }),
    ]);
    expect([opened.statusCode, opened.headers['content-type']]).toEqual([404, 'text/html; charset=utf-8']);
    expect(opened.body).toContain('<meta name="csp-nonce"');
    expect([asked, api].map(({ statusCode, headers }) => [statusCode, headers['content-type']])).toEqual(
      Array.from({ length: 2 }, () => [401, 'application/json; charset=utf-8']),
    );
  });

  it('has files that never change under their name, compressed as the browser wants', async () => {
    const { app } = await startTestServer();
    const { body } = await app.inject('/');
    const script = /src="(\/assets\/[^"]+\.js)"/.exec(body)?.[1] ?? '';
    const plain = await app.inject(script);
    expect(plain.headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
    });
    const packed = await app.inject({ url: script, headers: { 'accept-encoding': 'gzip, br' } });
    expect(packed.headers['content-encoding']).toBe('br');
    expect(brotliDecompressSync(packed.rawPayload).equals(plain.rawPayload)).toBe(true);
    // What the first view loads, charts apart.
    const style = /href="(\/assets\/[^"]+\.css)"/.exec(body)?.[1] ?? '';
    const sizes = await Promise.all([script, style].map((url) => app.inject({ url, headers: { 'accept-encoding': 'br' } })));
    expect(sizes.reduce((sum, { rawPayload }) => sum + rawPayload.length, 0)).toBeLessThan(300_000);
  });
});

describe('a session', () => {
  const begin = (given: string) => ({ method: 'POST' as const, url: '/v1/session', payload: { token: given } });

  it('stands for the token after it was given once', async () => {
    const { app } = await startTestServer({ token });
    expect((await app.inject('/')).statusCode).toBe(200);
    expect((await app.inject('/v1/runs')).statusCode).toBe(401);
    const wrong = await app.inject(begin('wrong-horse-battery'));
    expect([wrong.statusCode, wrong.headers['set-cookie']]).toEqual([401, undefined]);
    const answer = await app.inject(begin(token));
    expect(answer.statusCode).toBe(204);
    const cookie = String(answer.headers['set-cookie']);
    expect(cookie).toMatch(/^xaigrid-session=\d+\.[\w-]+; Path=\/; HttpOnly; SameSite=Strict; Max-Age=604800$/);
    expect(cookie).not.toContain(token);
    const [pair = ''] = cookie.split(';');
    expect((await app.inject({ url: '/v1/runs', headers: { cookie: pair } })).statusCode).toBe(200);
    const ended = await app.inject({ method: 'DELETE', url: '/v1/session', headers: { cookie: pair } });
    expect(String(ended.headers['set-cookie'])).toContain('xaigrid-session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0');
  });

  it('is over encrypted connections only where there is one', async () => {
    const { app } = await startTestServer({ token });
    const answer = await app.inject({ ...begin(token), headers: { 'x-forwarded-proto': 'https' } });
    expect(String(answer.headers['set-cookie'])).toMatch(/; Secure$/);
  });

  it('changes something only from a page of this server', async () => {
    const { app } = await startTestServer({ token });
    const [cookie = ''] = String((await app.inject(begin(token))).headers['set-cookie']).split(';');
    const cancel = (headers: Record<string, string>) =>
      app.inject({ method: 'POST', url: '/v1/runs/abc/cancel', headers: { cookie, host: 'grid.example', ...headers } });
    expect((await cancel({})).statusCode).toBe(401);
    expect((await cancel({ origin: 'https://evil.example' })).statusCode).toBe(401);
    expect((await cancel({ origin: 'https://grid.example' })).statusCode).not.toBe(401);
  });

  it.each(['', '1', '9999999999.AAAA', '9999999999.', '9999999999'])('is not made up: %j', async (value) => {
    const { app } = await startTestServer({ token });
    const answer = await app.inject({ url: '/v1/runs', headers: { cookie: `xaigrid-session=${value}` } });
    expect(answer.statusCode).toBe(401);
    // The browser forgets it, so that it does not send it, and is not counted, again and again.
    expect(String(answer.headers['set-cookie'])).toMatch(/^xaigrid-session=; .*Max-Age=0/);
  });

  it('ends with its time, with another token, and goes on after a restart', async () => {
    const { app } = await startTestServer({ token });
    const [cookie = ''] = String((await app.inject(begin(token))).headers['set-cookie']).split(';');
    const status = async (own: string, sent: string): Promise<number> => {
      const { app: again } = await startTestServer({ token: own });
      return (await again.inject({ url: '/v1/runs', headers: { cookie: sent } })).statusCode;
    };
    expect(await status(token, cookie)).toBe(200);
    expect(await status('another-horse-battery', cookie)).toBe(401);
    // An expiry that was moved does not fit its signature.
    expect(
      await status(
        token,
        cookie.replace(/=(\d+)/, (_, expiry: string) => `=${Number(expiry) + 1}`),
      ),
    ).toBe(401);
  });

  it('makes whoever guesses wait', async () => {
    const { app } = await startTestServer({ token });
    const statuses: number[] = [];
    for (let i = 0; i < 32; i++) statuses.push((await app.inject(begin('wrong-horse-battery'))).statusCode);
    expect(statuses.at(-1)).toBe(429);
  });

  it('is nothing that a server without a token needs', async () => {
    const { app } = await startTestServer();
    const answer = await app.inject(begin('anything'));
    expect([answer.statusCode, answer.headers['set-cookie']]).toEqual([204, undefined]);
  });
});

it('the catalogue is that of the command', async () => {
  const { app } = await startTestServer();
  const answer = await app.inject('/v1/catalog');
  expect(answer.statusCode).toBe(200);
  const { methods, metrics } = answer.json<{ methods: { name: string }[]; metrics: { name: string; headline: string }[] }>();
  expect(methods.map(({ name }) => name)).toContain('sise');
  expect(metrics.find(({ name }) => name === 'drop-increase')).toMatchObject({ headline: 'drop', category: 'faithfulness' });
});
