import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** PEM files of a certificate and its key. */
export interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
}

/** A private certificate authority in a folder of a test. */
export interface Authority {
  readonly caFile: string;
  /**
   * A certificate for servers and clients alike.
   * @param names as OpenSSL writes them: `DNS:localhost,IP:127.0.0.1`
   */
  readonly issue: (name: string, names?: string) => Promise<Certificate>;
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** @param name tells its files from those of another authority in the same folder */
export async function createAuthority(folder: string, name = 'authority'): Promise<Authority> {
  const file = (extension: string, of = name): string => join(folder, `${of}.${extension}`);
  const caFile = file('pem');
  await openssl('req', '-x509', ...newKey, '-keyout', file('key'), '-out', caFile, '-subj', `/CN=${name}`, '-days', '2');
  return {
    caFile,
    async issue(subject, names = 'DNS:localhost,IP:127.0.0.1') {
      const certFile = file('pem', subject);
      const keyFile = file('key', subject);
      const request = file('csr', subject);
      const extensions = file('ext', subject);
      await openssl('req', ...newKey, '-keyout', keyFile, '-out', request, '-subj', `/CN=${subject}`);
      await writeFile(extensions, `subjectAltName=${names}`);
      const signing = ['-CA', caFile, '-CAkey', file('key'), '-CAcreateserial', '-days', '2', '-extfile', extensions];
      await openssl('x509', '-req', '-in', request, '-out', certFile, ...signing);
      return { certFile, keyFile };
    },
  };
}

/** Never a silent skip: without certificates these tests would say nothing about TLS. */
async function openssl(...args: readonly string[]): Promise<void> {
  try {
    await promisify(execFile)('openssl', args);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
      throw new Error('openssl is not installed, and the tests of TLS need it: "apt-get install openssl".', { cause: error });
    throw error;
  }
}
