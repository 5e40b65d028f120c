/**
 * A text that Postgres can store: it accepts neither NUL characters nor half a surrogate pair. A message that quotes a damaged
 * file may contain both.
 */
export function storable(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8').replaceAll('\0', '\u{FFFD}');
}

const longestMessage = 4000;

/** An error message as it is stored: its first 4000 characters. */
export function storableMessage(text: string): string {
  const clean = storable(text);
  return clean.length <= longestMessage ? clean : `${storable(clean.slice(0, longestMessage - 1))}…`;
}
