import type pg from 'pg';
import { copyFail, copyMessages, type CopyField } from './copy-rows.js';

/** The size of one message. Postgres copies it several times, and finds it in the processor's caches. */
const messageBytes = 64 * 1024;

/**
 * One piece of memory per connection, for as long as the connection lasts. With new memory for each message, V8 collects garbage
 * after every 32 MB, which took more processor time than sending.
 */
const memories = new WeakMap<pg.PoolClient, Buffer>();

/**
 * Runs a command whose last statement is a `COPY … FROM STDIN (FORMAT binary)`, and sends it rows. Rows are read as fast as the
 * socket takes them.
 */
export function copyIn(client: pg.PoolClient, command: string, rows: Iterable<readonly CopyField[]>): Promise<void> {
  const memory = memories.get(client) ?? Buffer.allocUnsafeSlow(messageBytes);
  memories.set(client, memory);
  return new Promise((resolve, reject) => {
    client.query(new CopyIn(command, copyMessages(rows, memory), resolve, reject));
  });
}

/** A query in the form that `pg` accepts from others: `pg` submits it, and calls it for every answer of the server. */
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
      // Postgres has stopped reading or is gone, so nothing more must be sent.
      if (this.over || lost) return;
      try {
        const { value, done } = this.messages.next();
        if (done !== true) connection.stream.write(value, next);
      } catch (error) {
        // Postgres answers with its own error, which adds nothing to this one.
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
    // The command may have several statements. The answer to the last one is followed by the messages below.
  }

  handleReadyForQuery(): void {
    this.done();
  }
}
