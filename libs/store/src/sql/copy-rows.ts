/*
 * The binary format of `COPY`: a header, then for each row the number of its fields and for each field its
 * length and its bytes, then a trailer (PostgreSQL, "COPY", File Formats).
 */
const header = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
const trailer = Buffer.from([0xff, 0xff]);

/** A field: an `integer`, bytes in Postgres's binary format, or null. */
export type CopyField = number | Uint8Array | null;

const INT_16 = 2;
const INT_32 = 4;

function bytesOfRow(row: readonly CopyField[]): number {
  let bytes = INT_16;
  for (const field of row) bytes += INT_32 + (field === null ? 0 : typeof field === 'number' ? INT_32 : field.length);
  return bytes;
}

/** @returns the offset of its end */
function writeRow(target: Buffer, start: number, row: readonly CopyField[]): number {
  let at = target.writeInt16BE(row.length, start);
  for (const field of row) {
    if (field === null) {
      at = target.writeInt32BE(-1, at);
    } else if (typeof field === 'number') {
      at = target.writeInt32BE(INT_32, at);
      at = target.writeInt32BE(field, at);
    } else {
      at = target.writeInt32BE(field.length, at);
      target.set(field, at);
      at += field.length;
    }
  }
  return at;
}

export function boolean(value: boolean): Buffer {
  return Buffer.from([Number(value)]);
}

export function jsonb(text: string): Buffer {
  const version = 1;
  return Buffer.concat([Buffer.from([version]), Buffer.from(text)]);
}

/** The rows in the output of `COPY … TO STDOUT`. Fields are views. */
export function* rowsOfCopy(bytes: Buffer): Generator<(Buffer | null)[]> {
  let at = header.length;
  const take = (length: number): Buffer => bytes.subarray(at, (at += length));
  for (let fields = take(INT_16).readInt16BE(); fields >= 0; fields = take(INT_16).readInt16BE()) {
    yield Array.from({ length: fields }, () => {
      const length = take(INT_32).readInt32BE();
      return length < 0 ? null : take(length);
    });
  }
}

const COPY_DATA = 'd'.charCodeAt(0);
const MESSAGE_HEADER = 1 + INT_32;
/** A message that ends a COPY with an error, without a reason. */
export const copyFail = Buffer.from(['f'.charCodeAt(0), 0, 0, 0, INT_32 + 1, 0]);
const copyDone = Buffer.from(['c'.charCodeAt(0), 0, 0, 0, INT_32]);
const bytesOfEnd = trailer.length + copyDone.length;

/**
 * Rows as the messages in which a client sends them (PostgreSQL, "Message Formats": CopyData, and CopyDone at the end). All are
 * written into `memory`, one over the other: send a message before you ask for the next. A row that is longer than `memory` gets
 * memory of its own.
 */
export function* copyMessages(rows: Iterable<readonly CopyField[]>, memory: Buffer): Generator<Buffer> {
  let target = memory;
  let end = MESSAGE_HEADER + header.copy(target, MESSAGE_HEADER);
  const message = (): Buffer => {
    target[0] = COPY_DATA;
    target.writeInt32BE(end - 1, 1);
    return target.subarray(0, end);
  };
  for (const row of rows) {
    const bytes = bytesOfRow(row);
    if (end + bytes + bytesOfEnd > target.length) {
      yield message();
      end = MESSAGE_HEADER;
      const wanted = end + bytes + bytesOfEnd;
      target = wanted > memory.length ? Buffer.allocUnsafe(wanted) : memory;
    }
    end = writeRow(target, end, row);
  }
  end += trailer.copy(target, end);
  const last = message().length;
  yield target.subarray(0, last + copyDone.copy(target, last));
}
