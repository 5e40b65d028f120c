import { XaigridError } from '@xaigrid/contracts';
import { createJetStreamQueue } from '@xaigrid/queue';
import { createStore } from '@xaigrid/store';
import { afterEach, describe, expect, it } from 'vitest';
import { freePort, startNatsServer, type NatsServer } from '../../queue/tests/nats-server.js';
import { useTestDatabase } from '../../store/tests/test-database.js';
import { startTcpProxy, type TcpProxy } from '../../../tests/support/tcp-proxy.js';
import { untilReachable } from '../src/index.js';

const database = useTestDatabase('until_reachable');
const signal = new AbortController().signal;
let proxy: TcpProxy | undefined;
let nats: NatsServer | undefined;

afterEach(async () => {
  await proxy?.close();
  await nats?.dispose();
  [proxy, nats] = [undefined, undefined];
});

const openStore = (url: string) => createStore({ url, maxConnections: 1, connectTimeoutMs: 2_000 });

/** Connects, and mends what hinders it as soon as that is noticed. */
async function noticesUntilReached(connect: () => Promise<{ close(): Promise<void> }>, mend: () => unknown): Promise<string> {
  const notices: string[] = [];
  const onNotice = (sentence: string): void => {
    notices.push(sentence);
    mend();
  };
  await (await untilReachable(connect, { signal, onNotice })).close();
  return notices.join(' ');
}

describe('a service that starts', () => {
  it('waits for a Postgres whose connections are reset', async () => {
    proxy = await startTcpProxy({ host: '127.0.0.1', port: Number(new URL(database.url).port) });
    const url = proxy.through(database.url);
    proxy.cut();
    expect(await noticesUntilReached(() => openStore(url), proxy.mend)).toContain('Trying again until it is there.');
  });

  it('waits for a Postgres that says nothing', async () => {
    proxy = await startTcpProxy({ host: '127.0.0.1', port: Number(new URL(database.url).port) });
    const url = proxy.through(database.url);
    proxy.stall();
    expect(await noticesUntilReached(() => openStore(url), proxy.mend)).toContain('it does not answer in time');
  });

  it('waits for a NATS that nobody has started', async () => {
    nats = await startNatsServer();
    await nats.stop();
    const { start, url } = nats;
    const connect = () => createJetStreamQueue({ servers: url, name: 'test' });
    expect(await noticesUntilReached(connect, () => void start())).toContain('Trying again until it is there.');
  });

  it('ends at once when the login of Postgres is refused', async () => {
    const wrong = new URL(database.url);
    wrong.password = 'wrong';
    await expect(
      noticesUntilReached(
        () => openStore(wrong.href),
        () => undefined,
      ),
    ).rejects.toMatchObject({
      message: expect.stringContaining('the login of user') as string,
    });
  });

  it('ends at once when there is no such database', async () => {
    const wrong = new URL(database.url);
    wrong.pathname = '/nowhere';
    await expect(
      noticesUntilReached(
        () => openStore(wrong.href),
        () => undefined,
      ),
    ).rejects.toMatchObject({
      message: expect.stringContaining('no such database') as string,
    });
  });

  it('ends at once when NATS refuses the login, or has no JetStream', async () => {
    nats = await startNatsServer({ args: ['--user', 'a', '--pass', 'b'] });
    const { url } = nats;
    await expect(
      noticesUntilReached(
        () => createJetStreamQueue({ servers: url, name: 'test' }),
        () => undefined,
      ),
    ).rejects.toThrow('refuses the login');
    await nats.dispose();
    nats = await startNatsServer({ jetStream: false });
    const { url: without } = nats;
    await expect(
      noticesUntilReached(
        () => createJetStreamQueue({ servers: without, name: 'test' }),
        () => undefined,
      ),
    ).rejects.toThrow('JetStream is not enabled there');
  });

  it('ends when it is told to, waiting', async () => {
    const ending = new AbortController();
    const port = await freePort();
    const waiting = untilReachable(() => openStore(`postgresql://a:b@127.0.0.1:${port}/c`), {
      signal: ending.signal,
      onNotice: () => ending.abort(),
    });
    await expect(waiting).rejects.toBeInstanceOf(XaigridError);
  });
});
