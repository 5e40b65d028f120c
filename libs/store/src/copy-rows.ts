/*
 * The binary format of `COPY … FROM STDIN (FORMAT binary)`: a header, then for each row the number of its fields and for each field its
 * length and its bytes, then a trailer (PostgreSQL, "COPY", File Formats).
 */
const header = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
const trailer = Buffer.from([0xff, 0xff]);

/** Fields of at least so many bytes are chunks of their own, as they are; what is smaller is gathered. */
const LARGE = 16 * 1024;
const CHUNK = 64 * 1024;

/** What `COPY` reads of rows whose fields are in Postgres's binary format. */
export function* copyRows(rows: Iterable<readonly Uint8Array[]>): Generator<Uint8Array> {
  let small: Uint8Array[] = [header];
  let bytes = header.length;
  const add = (part: Uint8Array): void => {
    small.push(part);
    bytes += part.length;
  };
  for (const row of rows) {
    add(int16(row.length));
    for (const field of row) {
      add(int32(field.length));
      if (field.length < LARGE) add(field);
      if (field.length >= LARGE || bytes >= CHUNK) {
        yield Buffer.concat(small, bytes);
        [small, bytes] = [[], 0];
        if (field.length >= LARGE) yield field;
      }
    }
  }
  yield Buffer.concat([...small, trailer]);
}

function int16(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(2);
  bytes.writeInt16BE(value);
  return bytes;
}

export function int32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeInt32BE(value);
  return bytes;
}

export function boolean(value: boolean): Buffer {
  return Buffer.from([Number(value)]);
}

export function jsonb(text: string): Buffer {
  const version = 1;
  return Buffer.concat([Buffer.from([version]), Buffer.from(text)]);
}
