import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { json } from 'node:stream/consumers';
import { afterEach, expect, it } from 'vitest';
import { dashboards } from '../grafana/src/dashboards.js';
import { uploadDashboards } from '../grafana/src/upload-dashboards.js';

const token = 'glsa_secret';
let server: Server | undefined;

afterEach(async () => {
  server?.closeAllConnections();
  if (server !== undefined) await new Promise((resolve) => server?.close(resolve));
  server = undefined;
});

async function listen(answer: RequestListener): Promise<string> {
  server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `http://127.0.0.1:${address.port}`;
}

interface Call {
  readonly what: string;
  readonly authorization: string | undefined;
  readonly body: unknown;
}

const bodyOf = (request: IncomingMessage): Promise<unknown> => (request.method === 'POST' ? json(request) : Promise.resolve());

/** A Grafana that records its requests, and that has the folder or not. */
async function fakeGrafana({ folder }: { folder: boolean }): Promise<{ url: string; calls: Call[] }> {
  const calls: Call[] = [];
  const url = await listen((request, response) => {
    void bodyOf(request).then((body) => {
      const what = `${request.method ?? ''} ${request.url ?? ''}`;
      calls.push({ what, authorization: request.headers.authorization, body });
      response.setHeader('content-type', 'application/json');
      response.statusCode = what === 'GET /grafana/api/folders/xaigrid' && !folder ? 404 : 200;
      response.end(JSON.stringify({ uid: 'x', url: '/grafana/d/x', version: 3, status: 'success' }));
    });
  });
  return { url: `${url}/grafana`, calls };
}

it('makes the folder, then saves every dashboard into it with the token', async () => {
  const { url, calls } = await fakeGrafana({ folder: false });
  const built = Object.values(dashboards).map((build) => build());
  const saved = await uploadDashboards(built, { url, token });
  expect(saved).toEqual(built.map(() => ({ uid: 'x', url: '/grafana/d/x', version: 3 })));
  expect(calls.map(({ what }) => what)).toEqual([
    'GET /grafana/api/folders/xaigrid',
    'POST /grafana/api/folders',
    ...built.map(() => 'POST /grafana/api/dashboards/db'),
  ]);
  expect(calls.every(({ authorization }) => authorization === `Bearer ${token}`)).toBe(true);
  expect(calls[1]?.body).toEqual({ uid: 'xaigrid', title: 'xaigrid' });
  expect(calls[2]?.body).toMatchObject({
    dashboard: { id: null, uid: 'xaigrid-cluster' },
    folderUid: 'xaigrid',
    overwrite: true,
  });
});

it('leaves a folder that exists as it is', async () => {
  const { url, calls } = await fakeGrafana({ folder: true });
  await uploadDashboards([{}], { url, token });
  expect(calls.map(({ what }) => what)).toEqual(['GET /grafana/api/folders/xaigrid', 'POST /grafana/api/dashboards/db']);
});

it.each([
  [401, 'Invalid API key', /refused \(401: Invalid API key\)\. Set GRAFANA_TOKEN/],
  [412, 'A dashboard with the same name exists', /refused \(412: A dashboard with the same name exists\)\. See the log/],
])('says what Grafana said when it refuses with %i, and not the token', async (status, message, sentence) => {
  const url = await listen((request, response) => {
    response.statusCode = request.method === 'GET' ? 200 : status;
    response.end(JSON.stringify({ message }));
  });
  const failure: unknown = await uploadDashboards([{}], { url, token }).catch((error: unknown) => error);
  expect(failure).toHaveProperty('message', expect.stringMatching(sentence));
  expect(String(failure)).not.toContain(token);
});

it('does not carry the token to where a redirection leads', async () => {
  const url = await listen((_request, response) => {
    response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end();
  });
  await expect(uploadDashboards([{}], { url, token })).rejects.toThrow(/does not answer; check GRAFANA_URL/);
});

it('gives up on a Grafana that never answers', async () => {
  const url = await listen(() => undefined);
  await expect(uploadDashboards([{}], { url, token, timeoutMs: 50 })).rejects.toThrow(/does not answer; check GRAFANA_URL/);
});
