import { totalmem } from 'node:os';

const MEBIBYTE = 2 ** 20;

/**
 * Pages that Postgres keeps itself: a sixteenth of the memory there is, within bounds. It takes them as it needs them, so a small store
 * holds little; a page of many million scores reads rows all over the table, and asks the system for each it has not.
 */
function sharedBuffers(): string {
  const limit = process.constrainedMemory();
  // Without a limit it is 0, or more than there is.
  const memory = limit > 0 ? Math.min(limit, totalmem()) : totalmem();
  return `${Math.floor(Math.min(1024, Math.max(192, memory / MEBIBYTE / 16)))}MB`;
}

/**
 * How the embedded server is tuned. Durability stays on (`fsync`, `synchronous_commit`, `full_page_writes`): what a worker
 * has committed survives a power cut, and with a hundred commits a run it costs nothing that can be measured.
 */
export function serverSettings(port: number): string[] {
  const settings: Record<string, string | number> = {
    listen_addresses: '127.0.0.1',
    port,
    // Sockets in the file system have short path limits and permissions of their own; TCP on the loopback serves all platforms.
    unix_socket_directories: '',
    max_connections: 100,
    shared_buffers: sharedBuffers(),
    // Maps come in bursts of hundreds of megabytes: fewer checkpoints, each written once.
    max_wal_size: '2GB',
    wal_buffers: '16MB',
    checkpoint_timeout: '15min',
    // Nothing replicates from here: less write-ahead log.
    wal_level: 'minimal',
    max_wal_senders: 0,
    // The cores belong to the engines, and containers give 64 MB of shared memory, too little for parallel plans.
    max_parallel_workers_per_gather: 0,
    // Compiling a query takes longer than running ours.
    jit: 'off',
    log_checkpoints: 'off',
    lc_messages: 'C',
    log_timezone: 'UTC',
    timezone: 'UTC',
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${String(value)}`]);
}
