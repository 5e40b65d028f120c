import { totalmem } from 'node:os';

const MEBIBYTE = 2 ** 20;

/**
 * Memory for pages that Postgres caches itself: a sixteenth of the available memory, within bounds. Postgres takes it as needed,
 * so a small store uses little. A page of results among many million scores reads rows all over the table, and every row that is
 * not cached is a system call.
 */
function sharedBuffers(): string {
  const limit = process.constrainedMemory();
  // Without a limit it is 0, or more than the machine has.
  const memory = limit > 0 ? Math.min(limit, totalmem()) : totalmem();
  return `${Math.floor(Math.min(1024, Math.max(192, memory / MEBIBYTE / 16)))}MB`;
}

/**
 * The settings of the embedded server. Durability stays on (`fsync`, `synchronous_commit`, `full_page_writes`): committed work
 * survives a power cut, and with a hundred commits per run its cost cannot be measured.
 */
export function serverSettings(port: number): string[] {
  const settings: Record<string, string | number> = {
    listen_addresses: '127.0.0.1',
    port,
    // Sockets in the file system have short path limits and their own permissions. TCP on the loopback works on all platforms.
    unix_socket_directories: '',
    max_connections: 100,
    shared_buffers: sharedBuffers(),
    // Maps come in bursts of hundreds of megabytes. Fewer checkpoints write each page once.
    max_wal_size: '2GB',
    wal_buffers: '16MB',
    checkpoint_timeout: '15min',
    // No server replicates from here, so less write-ahead log is enough.
    wal_level: 'minimal',
    max_wal_senders: 0,
    // The cores are for the engines. Containers give 64 MB of shared memory, too little for parallel plans.
    max_parallel_workers_per_gather: 0,
    // Compiling our queries would take longer than running them.
    jit: 'off',
    log_checkpoints: 'off',
    lc_messages: 'C',
    log_timezone: 'UTC',
    timezone: 'UTC',
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${String(value)}`]);
}
