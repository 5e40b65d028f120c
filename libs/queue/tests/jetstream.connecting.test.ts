import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstreamManager, RetentionPolicy } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { afterEach, describe, expect, it } from 'vitest';
import { createJetStreamQueue, isQueueAway, type JetStreamQueueOptions } from '../src/index.js';
import { createAuthority } from './certificates.js';
import { createOperator, newUserKey } from './nats-logins.js';
import { freePort, startNatsServer, type NatsServer } from './nats-server.js';

const cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step();
});

async function server(options?: Parameters<typeof startNatsServer>[0]): Promise<NatsServer> {
  const started = await startNatsServer(options);
  cleanUp.push(() => started.dispose());
  return started;
}

async function scratchFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'xaigrid-queue-'));
  cleanUp.push(() => rm(folder, { recursive: true }));
  return folder;
}

async function opens(options: Omit<JetStreamQueueOptions, 'name'>): Promise<boolean> {
  const queue = await createJetStreamQueue({ ...options, name: 'test' });
  const healthy = queue.healthy();
  await queue.close();
  return healthy;
}

async function refusal(options: Omit<JetStreamQueueOptions, 'name'>): Promise<{ code: unknown; message: string }> {
  const error: unknown = await createJetStreamQueue({ ...options, name: 'test' }).catch((reason: unknown) => reason);
  if (!(error instanceof Error)) throw new Error('It opened.');
  return { code: 'code' in error ? error.code : undefined, message: error.message };
}

describe('what goes wrong when the queue is opened', () => {
  it('names the host, the reason and the remedy when nobody listens', async () => {
    const port = await freePort();
    expect(await refusal({ servers: `127.0.0.1:${port}` })).toEqual({
      code: 'QUEUE_UNREACHABLE',
      message: `Cannot use NATS at 127.0.0.1:${port} (connection refused); start nats-server with -js there, or correct NATS_URL.`,
    });
  });

  it('names all servers of a list', async () => {
    const ports = [await freePort(), await freePort()];
    const { message } = await refusal({ servers: ports.map((port) => `nats://127.0.0.1:${port}`) });
    for (const port of ports) expect(message).toContain(`127.0.0.1:${port}`);
  });

  it('never shows the password, from the address or the options', async () => {
    const port = await freePort();
    for (const options of [
      { servers: `nats://someone:hunter2@127.0.0.1:${port}` },
      { servers: `127.0.0.1:${port}`, authentication: { user: 'someone', password: 'hunter2' } },
      { servers: `http://someone:hunter2@127.0.0.1` },
      { servers: `nats://someone:hunter2@127.0.0.1:port` },
    ]) {
      const { code, message } = await refusal(options);
      expect(['QUEUE_UNREACHABLE', 'ENVIRONMENT_INVALID']).toContain(code);
      expect(message).not.toContain('hunter2');
    }
  });

  it('says that a login is refused', async () => {
    const { url } = await server({ args: ['--user', 'someone', '--pass', 'right'] });
    expect(await refusal({ servers: url, authentication: { user: 'someone', password: 'wrong' } })).toEqual({
      code: 'QUEUE_UNREACHABLE',
      message: `Cannot use NATS at ${url.slice(7)} (it refuses the login); check NATS_USER and NATS_PASSWORD, NATS_TOKEN, NATS_NKEY_SEED or NATS_CREDENTIALS_FILE.`,
    });
  });

  it('says that JetStream is missing', async () => {
    const { url } = await server({ jetStream: false });
    expect(await refusal({ servers: url })).toEqual({
      code: 'QUEUE_UNREACHABLE',
      message: `Cannot use NATS at ${url.slice(7)} (JetStream is not enabled there); start nats-server with -js, or enable JetStream for this account.`,
    });
  });

  it('says that a stream of this name is something else', async () => {
    const { url } = await server();
    expect(await opens({ servers: url, prefix: 'A' })).toBe(true);
    const connection = await connect({ servers: url });
    await (
      await jetstreamManager(connection)
    ).streams.add({ name: 'B_TASKS', subjects: ['elsewhere'], retention: RetentionPolicy.Limits });
    await connection.close();
    const { code, message } = await refusal({ servers: url, prefix: 'B' });
    expect(code).toBe('QUEUE_UNREACHABLE');
    expect(message).toBe(
      'The NATS stream B_TASKS has the retention "limits" but "workqueue" is needed; delete it or choose another queue prefix.',
    );
  });

  it('gives up on a server that accepts and says nothing, when the signal is aborted', async () => {
    const mute = createServer();
    mute.listen(0, '127.0.0.1');
    await once(mute, 'listening');
    cleanUp.push(() => new Promise((resolve) => mute.close(resolve)));
    const address = mute.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const controller = new AbortController();
    const opening = refusal({ servers: `127.0.0.1:${port ?? 0}`, signal: controller.signal });
    const [socket] = (await once(mute, 'connection')) as [{ destroy: () => void }];
    controller.abort();
    expect((await opening).code).toBe('INTERRUPTED');
    socket.destroy();
  });

  it('waits for a server that closes the connection before it says a word, as one that is starting may', async () => {
    const mute = createServer((socket) => void socket.end());
    mute.listen(0, '127.0.0.1');
    await once(mute, 'listening');
    cleanUp.push(() => new Promise((resolve) => mute.close(resolve)));
    const address = mute.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    const error: unknown = await createJetStreamQueue({ servers: `127.0.0.1:${port}`, name: 'test' }).catch(
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({
      code: 'QUEUE_UNREACHABLE',
      message: `Cannot use NATS at 127.0.0.1:${port} (it closed the connection before it said a word); start nats-server with -js there, or correct NATS_URL.`,
    });
    expect(isQueueAway(error)).toBe(true);
  });

  it.each([
    [{ servers: [] }, 'No NATS server is given; set NATS_URL, for example to nats://localhost:4222.'],
    [{ servers: 'http://host' }, 'NATS server 1 of the list is not an address; write it as nats://host:4222 or tls://host:4222.'],
    [{ servers: 'a', prefix: 'a.b' }, 'The queue prefix "a.b" may only hold letters, digits, "-" and "_".'],
    [{ servers: 'a', ackWaitMs: 5 }, 'ackWaitMs is 5; it must be at least 300.'],
    [{ servers: 'a', maxAttempts: 0 }, 'maxAttempts is 0; it must be a whole number of at least 1.'],
    [{ servers: 'a', retryDelaysMs: [-1] }, 'retryDelaysMs must be milliseconds of at least 0, for example [1000, 5000].'],
  ])('refuses the options %j', async (options, message) => {
    expect(await refusal(options)).toEqual({ code: 'ENVIRONMENT_INVALID', message });
  });

  it('says which key file cannot be used', async () => {
    const servers = `127.0.0.1:${await freePort()}`;
    const missing = await refusal({ servers, authentication: { credentialsFile: '/nowhere/user.creds' } });
    expect(missing.code).toBe('ENVIRONMENT_INVALID');
    expect(missing.message).toContain('/nowhere/user.creds');
    const seed = await refusal({ servers, authentication: { nkeySeed: 'SUNOTASEED' } });
    expect(seed.code).toBe('ENVIRONMENT_INVALID');
    expect(seed.message).not.toContain('SUNOTASEED');
    const pem = await refusal({ servers, tls: { caFile: '/nowhere/ca.pem' } });
    expect(pem).toMatchObject({ code: 'ENVIRONMENT_INVALID' });
    expect(pem.message).toContain('/nowhere/ca.pem');
  });
});

describe('ways to log in', () => {
  it('user and password, from the options or the address', async () => {
    const { url, port } = await server({ args: ['--user', 'someone', '--pass', 'p@ss'] });
    expect(await opens({ servers: url, authentication: { user: 'someone', password: 'p@ss' } })).toBe(true);
    expect(await opens({ servers: `nats://someone:p%40ss@127.0.0.1:${port}` })).toBe(true);
  });

  it('token, from the options or the address', async () => {
    const { url, port } = await server({ args: ['--auth', 'secret'] });
    expect(await opens({ servers: url, authentication: { token: 'secret' } })).toBe(true);
    expect(await opens({ servers: `nats://secret@127.0.0.1:${port}` })).toBe(true);
  });

  it('NKey seed', async () => {
    const user = newUserKey();
    const config = join(await scratchFolder(), 'nats.conf');
    await writeFile(config, `authorization { users = [ { nkey: ${user.publicKey} } ] }`);
    const { url } = await server({ args: ['-c', config] });
    expect(await opens({ servers: url, authentication: { nkeySeed: user.seed } })).toBe(true);
    const stranger = newUserKey().seed;
    expect((await refusal({ servers: url, authentication: { nkeySeed: stranger } })).message).toContain('it refuses the login');
  });

  it('credentials file', async () => {
    const operator = await createOperator(await scratchFolder());
    const { url } = await server({ args: ['-c', operator.configFile] });
    expect(await opens({ servers: url, authentication: { credentialsFile: await operator.credentials('user') } })).toBe(true);
  });

  it('TLS with a certificate authority and a client certificate', async () => {
    const authority = await createAuthority(await scratchFolder());
    const { certFile, keyFile } = await authority.issue('end');
    const { caFile } = authority;
    const { port } = await server({
      args: ['--tls', '--tlscert', certFile, '--tlskey', keyFile, '--tlsverify', '--tlscacert', caFile],
    });
    expect(await opens({ servers: `tls://localhost:${port}`, tls: { caFile, certFile, keyFile } })).toBe(true);
    expect(await refusal({ servers: `tls://localhost:${port}` })).toEqual({
      code: 'QUEUE_UNREACHABLE',
      message: `Cannot use NATS at localhost:${port} (its certificate is not trusted: unable to verify the first certificate); set NATS_CA_FILE to the authority that signed it.`,
    });
  });
});
