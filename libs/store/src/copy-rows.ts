/*
 * The binary format of `COPY`: a header, then for each row the number of its fields and for each field its
 * length and its bytes, then a trailer (PostgreSQL, "COPY", File Formats).
 */
const header = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
const trailer = Buffer.from([0xff, 0xff]);

/** Fields of at least so many bytes are chunks of their own, as they are; what is smaller is gathered. */
const LARGE = 16 * 1024;
const CHUNK = 512 * 1024;

/** Fields in Postgres's binary format, or null. */
export type CopyRow<Bytes = Uint8Array> = readonly (Bytes | null)[];

/** What `COPY … FROM STDIN` reads as these rows. */
export function* copyRows(rows: Iterable<CopyRow>): Generator<Uint8Array> {
  let small: Uint8Array[] = [header];
  let bytes = header.length;
  const add = (part: Uint8Array): void => {
    small.push(part);
    bytes += part.length;
  };
  for (const row of rows) {
    add(int16(row.length));
    for (const field of row) {
      add(int32(field?.length ?? -1));
      if (field === null) continue;
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

/** The rows of what `COPY … TO STDOUT` gives; fields are views. */
export function* rowsOfCopy(bytes: Buffer): Generator<CopyRow<Buffer>> {
  let at = header.length;
  const take = (length: number): Buffer => bytes.subarray(at, (at += length));
  for (let fields = take(2).readInt16BE(); fields >= 0; fields = take(2).readInt16BE()) {
    yield Array.from({ length: fields }, () => {
      const length = take(4).readInt32BE();
      return length < 0 ? null : take(length);
    });
  }
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
