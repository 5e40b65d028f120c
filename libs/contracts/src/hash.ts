import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';

/** A lower-case hexadecimal SHA-256. */
export type Sha256 = string;

export function sha256(...chunks: readonly (Uint8Array | string)[]): Sha256 {
  const hash = createHash('sha256');
  for (const chunk of chunks) hash.update(chunk);
  return hash.digest('hex');
}

/** JSON with sorted keys and one way to write each number (RFC 8785), so that equal values have equal hashes. */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('undefined has no canonical JSON.');
  return text;
}

/** The hash of a value's canonical JSON. */
export function contentHash(value: unknown): Sha256 {
  return sha256(canonicalJson(value));
}
