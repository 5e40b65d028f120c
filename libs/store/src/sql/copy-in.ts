import type pg from 'pg';
import { copyFail, copyMessages, type CopyField } from './copy-rows.js';

/** What is sent at a time: Postgres copies it several times over, and finds it in the processor's caches. */
const messageBytes = 64 * 1024;

/**
 * One piece of memory a connection, for as long as that lasts: with new memory for each message V8 collects garbage after every
 * 32 MB, which took more of the processor than sending them.
 */
const memories = new WeakMap<pg.PoolClient, Buffer>();

/** Does a command whose last statement is a `COPY … FROM STDIN (FORMAT binary)`, and sends it rows, read as fast as they go into the socket. */
export function copyIn(client: pg.PoolClient, command: string, rows: Iterable<readonly CopyField[]>): Promise<void> {
  const memory = memories.get(client) ?? Buffer.allocUnsafeSlow(messageBytes);
  memories.set(client, memory);
  return new Promise((resolve, reject) => {
    client.query(new CopyIn(command, copyMessages(rows, memory), resolve, reject));
  });
}

/** A query as `pg` wants it of others: it submits it, and calls it for every answer of the server. */
class CopyIn implements pg.Submittable {
  private over = false;
  private defect: unknown;

  constructor(
    private readonly command: string,
    private readonly messages: Iterator<Buffer, void>,
    private readonly done: () => void,
    private readonly failed: (error: unknown) => void,
  ) {}

  submit(connection: pg.Connection): void {
    connection.query(this.command);
  }

  handleCopyInResponse(connection: pg.Connection): void {
    const next = (lost?: Error | null): void => {
      // Postgres reads no more of it, or is not there any more: what is not sent yet must not be.
      if (this.over || lost) return;
      try {
        const { value, done } = this.messages.next();
        if (done !== true) connection.stream.write(value, next);
      } catch (error) {
        // Postgres answers with an error of its own, which says no more than that.
        this.defect = error;
        connection.stream.write(copyFail);
      }
    };
    next();
  }

  handleError(error: unknown): void {
    this.over = true;
    this.failed(this.defect ?? error);
  }

  handleCommandComplete(): void {
    // The command may be several, and what answers the last is followed by what follows here.
  }

  handleReadyForQuery(): void {
    this.done();
  }
}
