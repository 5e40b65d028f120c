import type pg from 'pg';

/** A connection of a pool, to be given back; one that is `broken` is ended. */
export async function borrowClient(
  pool: pg.Pool,
): Promise<{ readonly client: pg.PoolClient; readonly giveBack: (broken: boolean) => void }> {
  const client = await pool.connect();
  // A connection that is lost shows in what is asked of it; without a listener it would end the process.
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
