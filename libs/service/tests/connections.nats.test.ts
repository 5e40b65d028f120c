import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { XaigridError } from '@xaigrid/contracts';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createAuthority, type Authority, type Certificate } from '../../queue/tests/certificates.js';
import { createOperator, newUserKey } from '../../queue/tests/nats-logins.js';
import { startNatsServer, type NatsServer } from '../../queue/tests/nats-server.js';
import { connectionVariables, connectQueue, readEnvironment } from '../src/index.js';

type Variables = Readonly<Record<string, string>>;

let folder: string;
let authority: Authority;
let stranger: Authority;
let certificate: Certificate;
let server: NatsServer | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xaigrid-logins-'));
  authority = await createAuthority(folder);
  stranger = await createAuthority(folder, 'stranger');
  certificate = await authority.issue('server');
});
afterEach(() => server?.dispose());
afterAll(() => rm(folder, { recursive: true }));

/** Starts a nats-server. @param configuration of it, or the file with it @returns its `host:port` */
async function serve(configuration: string | { readonly file: string }): Promise<string> {
  const file = typeof configuration === 'string' ? join(folder, 'nats.conf') : configuration.file;
  if (typeof configuration === 'string') await writeFile(file, configuration);
  server = await startNatsServer({ args: ['-c', file] });
  return `localhost:${server.port}`;
}

/** Connects and publishes as a service with this environment. @returns `works`, or what is said instead */
async function service(environment: Variables): Promise<string> {
  try {
    const queue = await connectQueue(readEnvironment(connectionVariables, ['NATS_URL'], environment), 'test');
    await queue.publish([{ task: { version: 1, stage: 'explain', runId: 'run', evaluationId: 0, shardId: 1 } }]);
    await queue.close();
    return 'works';
  } catch (error) {
    return error instanceof XaigridError ? `${error.code}: ${error.message}` : String(error);
  }
}

const refused = (at: string): string =>
  `QUEUE_UNREACHABLE: Cannot use NATS at ${at} (it refuses the login); check NATS_USER and NATS_PASSWORD, NATS_TOKEN, NATS_NKEY_SEED or NATS_CREDENTIALS_FILE.`;

describe('a service logs in to NATS with', () => {
  it('user and password', async () => {
    const at = await serve('authorization { user: someone, password: "right-Password" }');
    const login = { NATS_URL: `nats://${at}`, NATS_USER: 'someone', NATS_PASSWORD: 'right-Password' };
    expect(await service(login)).toBe('works');
    expect(await service({ ...login, NATS_PASSWORD: 'wrong-Password' })).toBe(refused(at));
    expect(await service({ NATS_URL: login.NATS_URL })).toBe(refused(at));
  });

  it('a token', async () => {
    const at = await serve('authorization { token: "right-Token" }');
    expect(await service({ NATS_URL: `nats://${at}`, NATS_TOKEN: 'right-Token' })).toBe('works');
    expect(await service({ NATS_URL: `nats://${at}`, NATS_TOKEN: 'wrong-Token' })).toBe(refused(at));
  });

  it('an NKey', async () => {
    const key = newUserKey();
    const at = await serve(`authorization { users: [ { nkey: ${key.publicKey} } ] }`);
    expect(await service({ NATS_URL: `nats://${at}`, NATS_NKEY_SEED: key.seed })).toBe('works');
    expect(await service({ NATS_URL: `nats://${at}`, NATS_NKEY_SEED: newUserKey().seed })).toBe(refused(at));
    expect(await service({ NATS_URL: `nats://${at}`, NATS_NKEY_SEED: `${key.seed.slice(0, -2)}AA` })).toBe(
      'ENVIRONMENT_INVALID: The NKey seed cannot be used (nkeys: invalid checksum); make a new one with nsc or nk.',
    );
  });

  it('a credentials file', async () => {
    const operator = await createOperator(folder);
    const other = await createOperator(folder, 'other-operator');
    const at = await serve({ file: operator.configFile });
    const login = (file: string): Variables => ({ NATS_URL: `nats://${at}`, NATS_CREDENTIALS_FILE: file });
    expect(await service(login(await operator.credentials('worker')))).toBe('works');
    expect(await service(login(await other.credentials('worker')))).toBe(refused(at));
    expect(await service(login(operator.configFile))).toBe(
      `ENVIRONMENT_INVALID: The credentials file ${operator.configFile} cannot be used (unable to parse credentials); make a new one with nsc or nk.`,
    );
  });
});

describe('a service speaks TLS to NATS', () => {
  const tls = ({ certFile, keyFile }: Certificate, more = ''): string =>
    `tls { cert_file: "${certFile}", key_file: "${keyFile}"${more} }`;
  const unreachable = (at: string, rest: string): string => `QUEUE_UNREACHABLE: Cannot use NATS at ${at} (${rest}.`;

  it('when the authority that signed the certificate is known', async () => {
    const at = await serve(tls(certificate));
    const { caFile: NATS_CA_FILE } = authority;
    expect(await service({ NATS_URL: `tls://${at}`, NATS_CA_FILE })).toBe('works');
    expect(await service({ NATS_URL: `nats://${at}`, NATS_CA_FILE })).toBe('works');
    expect(await service({ NATS_URL: `tls://${at.replace('localhost', '127.0.0.1')}`, NATS_CA_FILE })).toBe('works');
    const untrusted = unreachable(
      at,
      'its certificate is not trusted: unable to verify the first certificate); set NATS_CA_FILE to the authority that signed it',
    );
    expect(await service({ NATS_URL: `tls://${at}` })).toBe(untrusted);
    expect(await service({ NATS_URL: `nats://${at}` })).toBe(untrusted);
    expect(await service({ NATS_URL: `tls://${at}`, NATS_CA_FILE: stranger.caFile })).toBe(untrusted);
    expect(await service({ NATS_URL: `tls://${at}`, NATS_CA_FILE: certificate.keyFile })).toMatch(
      /^ENVIRONMENT_INVALID: The certificate authority .*server\.key cannot be used \(.+\); give it in PEM\.$/,
    );
  });

  it('when the certificate is of this host', async () => {
    const at = await serve(tls(await authority.issue('elsewhere', 'DNS:nats.example')));
    expect(await service({ NATS_URL: `tls://${at}`, NATS_CA_FILE: authority.caFile })).toBe(
      unreachable(
        at,
        "Hostname/IP does not match certificate's altnames: Host: localhost is not in the cert's altnames: DNS:nats.example); use a host name of its certificate in NATS_URL",
      ),
    );
  });

  it('with a client certificate where the server wants one', async () => {
    const at = await serve(tls(certificate, `, ca_file: "${authority.caFile}", verify: true`));
    const url = { NATS_URL: `tls://${at}`, NATS_CA_FILE: authority.caFile };
    const client = ({ certFile, keyFile }: Certificate): Variables => ({
      ...url,
      NATS_CERT_FILE: certFile,
      NATS_KEY_FILE: keyFile,
    });
    expect(await service(client(await authority.issue('client')))).toBe('works');
    expect(await service(url)).toBe(unreachable(at, 'it wants a client certificate); set NATS_CERT_FILE and NATS_KEY_FILE'));
    const strangers = await stranger.issue('strangers-client');
    expect(await service(client(strangers))).toBe(
      unreachable(
        at,
        'it refuses the client certificate); check NATS_CERT_FILE and NATS_KEY_FILE against the authority that the server trusts',
      ),
    );
    expect(await service(client({ ...strangers, keyFile: certificate.keyFile }))).toMatch(
      /^ENVIRONMENT_INVALID: The client certificate .*strangers-client\.pem with the key .*server\.key cannot be used \(.*key values mismatch\); give it in PEM\.$/,
    );
  });

  it('never without it when it was asked for', async () => {
    const at = await serve('');
    const plain = unreachable(
      at,
      'it does not encrypt connections); give it a certificate, or, where the network is trusted, set NATS_URL=nats://… without NATS_CA_FILE',
    );
    expect(await service({ NATS_URL: `tls://${at}` })).toBe(plain);
    expect(await service({ NATS_URL: `nats://${at}`, NATS_CA_FILE: authority.caFile })).toBe(plain);
  });
});

describe('a login of which', () => {
  const NATS_URL = 'nats://127.0.0.1:9';

  it.each([
    [{ NATS_USER: 'someone' }, 'NATS_USER is set, but NATS_PASSWORD is not. Set both, or neither.'],
    [{ NATS_PASSWORD: 'right-Password' }, 'NATS_PASSWORD is set, but NATS_USER is not. Set both, or neither.'],
    [{ NATS_CERT_FILE: '/cert.pem' }, 'NATS_CERT_FILE is set, but NATS_KEY_FILE is not. Set both, or neither.'],
    [{ NATS_KEY_FILE: '/key.pem' }, 'NATS_KEY_FILE is set, but NATS_CERT_FILE is not. Set both, or neither.'],
  ])('half is missing is refused: %j', async (login, sentence) => {
    expect(await service({ NATS_URL, ...login })).toBe(`ENVIRONMENT_INVALID: ${sentence}`);
  });

  it('there are two is refused: none is preferred in silence', async () => {
    expect(await service({ NATS_URL, NATS_TOKEN: 'right-Token', NATS_CREDENTIALS_FILE: '/user.creds' })).toBe(
      'ENVIRONMENT_INVALID: NATS_TOKEN and NATS_CREDENTIALS_FILE are set, which are different logins. Unset all but one.',
    );
  });
});
