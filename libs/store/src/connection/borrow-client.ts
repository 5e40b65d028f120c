import type pg from 'pg';

/** Borrows a connection of a pool. The caller gives it back; a `broken` one is ended. */
export async function borrowClient(
  pool: pg.Pool,
): Promise<{ readonly client: pg.PoolClient; readonly giveBack: (broken: boolean) => void }> {
  const client = await pool.connect();
  // If the connection is lost, the next query fails. Without a listener the loss would end the process.
  const ignore = (): void => undefined;
  client.on('error', ignore);
  return {
    client,
    giveBack(broken) {
      client.off('error', ignore);
      client.release(broken);
    },
  };
}
