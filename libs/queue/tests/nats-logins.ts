import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nkeys } from '@nats-io/transport-node';

type KeyPair = ReturnType<typeof nkeys.createUser>;

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** A key pair of a NATS user. */
export function newUserKey(): { readonly publicKey: string; readonly seed: string } {
  const user = nkeys.createUser();
  return { publicKey: user.getPublicKey(), seed: text(user.getSeed()) };
}

/** What decentralised logins consist of: an operator who vouches for an account, which vouches for its users. */
export interface Operator {
  /** A configuration for nats-server that trusts the operator, with the account in it. */
  readonly configFile: string;
  /** Writes a credentials file of a user of the account. @returns its path */
  readonly credentials: (name: string) => Promise<string>;
}

const unlimited = { subs: -1, data: -1, payload: -1, imports: -1, exports: -1, conn: -1, leaf: -1, wildcards: true };

/** Does by hand what `nsc` does. @param name tells its files from those of another operator in the same folder */
export async function createOperator(folder: string, name = 'operator'): Promise<Operator> {
  const [operator, system, account] = [nkeys.createOperator(), nkeys.createAccount(), nkeys.createAccount()];
  const accountToken = (of: KeyPair, storage: number): string =>
    signed(operator, of.getPublicKey(), {
      ...{ type: 'account', version: 2 },
      limits: { ...unlimited, mem_storage: storage, disk_storage: storage },
    });
  const preload = [
    `${account.getPublicKey()}: ${accountToken(account, -1)}`,
    `${system.getPublicKey()}: ${accountToken(system, 0)}`,
  ];
  const configFile = join(folder, `${name}.conf`);
  await writeFile(
    configFile,
    [
      `operator: ${signed(operator, operator.getPublicKey(), { type: 'operator', version: 2 })}`,
      `system_account: ${system.getPublicKey()}`,
      'resolver: MEMORY',
      `resolver_preload: { ${preload.join(', ')} }`,
    ].join('\n'),
  );
  return {
    configFile,
    async credentials(user) {
      const key = nkeys.createUser();
      const claims = { type: 'user', version: 2, pub: {}, sub: {}, subs: -1, data: -1, payload: -1 };
      const file = join(folder, `${name}-${user}.creds`);
      await writeFile(
        file,
        [
          ...['-----BEGIN NATS USER JWT-----', signed(account, key.getPublicKey(), claims), '------END NATS USER JWT------', ''],
          ...['-----BEGIN USER NKEY SEED-----', text(key.getSeed()), '------END USER NKEY SEED------', ''],
        ].join('\n'),
      );
      return file;
    },
  };
}

/** A NATS JWT (version 2 claims), signed as `nsc` does. */
function signed(issuer: KeyPair, subject: string, nats: object): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = {
    jti: subject,
    iat: Math.floor(Date.now() / 1000),
    iss: issuer.getPublicKey(),
    name: 'test',
    sub: subject,
    nats,
  };
  const body = `${part({ typ: 'JWT', alg: 'ed25519-nkey' })}.${part(claims)}`;
  return `${body}.${Buffer.from(issuer.sign(new TextEncoder().encode(body))).toString('base64url')}`;
}
