/** Postgres stores neither NUL characters nor half a surrogate pair; a message quoting a damaged file may hold both. */
export function storable(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8').replaceAll('\0', '\u{FFFD}');
}

const longestMessage = 4000;

/** An error message as it is stored: at most 4000 characters of it. */
export function storableMessage(text: string): string {
  const clean = storable(text);
  return clean.length <= longestMessage ? clean : `${storable(clean.slice(0, longestMessage - 1))}…`;
}
