import canonicalize from 'canonicalize';

/** JSON with sorted keys and one way to write each number (RFC 8785). Equal values have equal texts, and so equal hashes. */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('undefined has no canonical JSON.');
  return text;
}
