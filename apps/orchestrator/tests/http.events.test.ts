import { get, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { portOf, startTestServer, type TestServer } from './test-server.js';

interface Watching {
  readonly response: IncomingMessage;
  readonly text: () => string;
  readonly hangUp: () => void;
}

async function watch({ app }: TestServer, path = '/v1/runs/aa/events'): Promise<Watching> {
  const port = portOf(app);
  let text = '';
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get({ host: '127.0.0.1', port, path }, resolve).on('error', reject);
  });
  response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  response.on('error', () => undefined);
  return { response, text: () => text, hangUp: () => response.destroy() };
}

async function listeningServer(events = { shortestMs: 1 }): Promise<TestServer> {
  const server = await startTestServer({ events });
  await server.app.listen({ port: 0, host: '127.0.0.1' });
  server.addRun('aa');
  return server;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(2);
}

const event = (name: string, state: string, scored: number): string =>
  `event: ${name}\ndata: ${JSON.stringify({ state, progress: { samples: 10, explained: scored, scored, failed: 0 } })}\n\n`;

describe('GET events', () => {
  it('tells progress, then the end, and ends', async () => {
    const server = await listeningServer();
    const watching = await watch(server);
    expect(watching.response.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    await until(() => watching.text().includes('"scored":0'));
    server.advance('aa', 4);
    await until(() => watching.text().includes('"scored":4'));
    server.advance('aa', 10, 'done');
    await until(() => watching.response.readableEnded);
    expect(watching.text()).toBe(
      `retry: 2000\n\n${event('progress', 'running', 0)}${event('progress', 'running', 4)}${event('end', 'done', 10)}`,
    );
    expect(server.followers()).toBe(0);
  });

  it('ends at once for a run that is over', async () => {
    const server = await listeningServer();
    server.advance('aa', 10, 'done-with-failures');
    const watching = await watch(server);
    await until(() => watching.response.readableEnded);
    expect(watching.text()).toBe(`retry: 2000\n\n${event('end', 'done-with-failures', 10)}`);
  });

  it('follows a run once for many clients, and stops when the last has gone', async () => {
    const server = await listeningServer();
    const watchers = await Promise.all(Array.from({ length: 50 }, () => watch(server)));
    await until(() => watchers.every(({ text }) => text().includes('"scored":0')));
    expect(server.followers()).toBe(1);
    server.advance('aa', 3);
    await until(() => watchers.every(({ text }) => text().includes('"scored":3')));
    for (const { hangUp } of watchers.slice(1)) hangUp();
    await sleep(30);
    expect(server.followers()).toBe(1);
    watchers[0]?.hangUp();
    await until(() => server.followers() === 0);
  });

  it('sums up what happens faster than it may tell', async () => {
    const server = await listeningServer({ shortestMs: 100 });
    const watching = await watch(server);
    await until(() => watching.text().includes('"scored":0'));
    for (let scored = 1; scored <= 9; scored++) {
      server.advance('aa', scored);
      await sleep(6);
    }
    await until(() => watching.text().includes('"scored":9'));
    const told = watching.text().match(/event: progress/g)?.length ?? 0;
    expect(told).toBeLessThan(6);
    watching.hangUp();
  });

  it('shows that it is alive when nothing happens', async () => {
    const server = await startTestServer({ events: { heartbeatMs: 20 } });
    await server.app.listen({ port: 0, host: '127.0.0.1' });
    server.addRun('aa');
    const watching = await watch(server);
    await until(() => (watching.text().match(/^: still here$/gm)?.length ?? 0) >= 3);
    watching.hangUp();
  });

  it('answers 404 for a run that is not there', async () => {
    const server = await listeningServer();
    const { response } = await watch(server, '/v1/runs/zz/events');
    expect([response.statusCode, response.headers['content-type']]).toEqual([404, 'application/json; charset=utf-8']);
  });

  it('is cut, without an end, when following fails', async () => {
    const server = await listeningServer();
    const watching = await watch(server);
    await until(() => watching.text().includes('"scored":0'));
    server.fail(new Error('the database is gone'));
    await until(() => watching.response.readableEnded);
    expect(watching.text()).not.toContain('event: end');
  });

  it('does not keep the server from closing', async () => {
    const server = await listeningServer();
    const watching = await watch(server);
    await until(() => watching.text().includes('"scored":0'));
    await server.app.close();
    await until(() => watching.response.readableEnded);
    expect(server.followers()).toBe(0);
  });

  it('nor does a connection on which nothing was ever asked', async () => {
    const { app } = await listeningServer();
    const port = portOf(app);
    const socket = connect(port, '127.0.0.1');
    const closed = new Promise((resolve) => socket.once('close', resolve));
    await new Promise((resolve) => app.server.once('connection', resolve));
    // Node alone would wait a minute for its request, which is longer than this test may take.
    await app.close();
    await closed;
  });
});
