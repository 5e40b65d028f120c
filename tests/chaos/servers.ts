import { spawnSync } from 'node:child_process';
import { chmod, mkdir, readFile, rm, statfs, truncate, writeFile, open } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '@xaigrid/store';
import { startNatsServer } from '../../libs/queue/tests/nats-server.js';

/** A server that can be killed, frozen and robbed of its disk, and is put right again. */
export interface FragileServer {
  readonly address: { readonly host: string; readonly port: number };
  /** SIGKILL, then started again after a while. */
  kill(awayMs: number): Promise<void>;
  freeze(milliseconds: number): Promise<void>;
  /** Fills the disk, and makes room again after a while. False where no disk of its own can be mounted. */
  fillDisk(milliseconds: number): Promise<boolean>;
  dispose(): Promise<void>;
}

/** A small disk of its own, where this process may mount one; else a plain folder. */
async function makeDisk(folder: string, megabytes: number): Promise<{ readonly own: boolean; readonly unmount: () => void }> {
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o755);
  const own = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=755`, 'tmpfs', folder]).status === 0;
  return {
    own,
    unmount() {
      if (own) spawnSync('umount', ['-l', folder]);
    },
  };
}

async function fill(folder: string, milliseconds: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const ballast = join(folder, 'ballast');
  const file = await open(ballast, 'w');
  const megabyte = Buffer.alloc(1 << 20);
  // As far as it goes: the server writes meanwhile.
  for (let left = bavail * bsize; left > 0; left -= megabyte.length) {
    if (!(await file.write(megabyte).catch(() => false))) break;
  }
  await file.close().catch(() => undefined);
  await delay(milliseconds);
  await truncate(ballast).catch(() => undefined);
  await rm(ballast, { force: true });
}

/** A process and all below it. */
async function family(pid: number): Promise<number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  const below = await Promise.all(
    children
      .split(' ')
      .filter(Boolean)
      .map((child) => family(Number(child))),
  );
  return [pid, ...below.flat()];
}

function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch {
      // It is gone.
    }
  }
}

async function freezeFamily(pid: number, milliseconds: number): Promise<void> {
  const frozen = await family(pid);
  signal(frozen, 'SIGSTOP');
  await delay(milliseconds);
  signal(frozen, 'SIGCONT');
}

export async function startFragilePostgres(folder: string): Promise<FragileServer & { readonly url: () => string }> {
  const disk = await makeDisk(folder, 1_500);
  const postgres = join(folder, 'postgres');
  let server: EmbeddedPostgres = await startEmbeddedPostgres({ folder: postgres });
  const address = { host: '127.0.0.1', port: Number(new URL(server.url).port) };
  let url = server.url;

  async function processId(): Promise<number> {
    const text = await readFile(join(postgres, 'cluster', 'data', 'postmaster.pid'), 'utf8').catch(() => '');
    return Number(text.split('\n')[0] ?? 0);
  }

  /** As whoever watches over it would. */
  async function ensure(): Promise<void> {
    for (;;) {
      const started = await startEmbeddedPostgres({ folder: postgres }).catch(() => undefined);
      if (started !== undefined) {
        server = started;
        url = started.url;
        address.port = Number(new URL(url).port);
        return;
      }
      await delay(500);
    }
  }

  return {
    address,
    url: () => url,
    async kill(awayMs) {
      signal(
        [await processId()].filter((pid) => pid > 1),
        'SIGKILL',
      );
      await delay(awayMs);
      await ensure();
    },
    async freeze(milliseconds) {
      const pid = await processId();
      if (pid > 1) await freezeFamily(pid, milliseconds);
    },
    async fillDisk(milliseconds) {
      if (!disk.own) return false;
      await fill(folder, milliseconds);
      // Without room for its log it may have ended.
      await ensure();
      return true;
    },
    async dispose() {
      await server.stop().catch(() => undefined);
      signal(
        [await processId()].filter((pid) => pid > 1),
        'SIGKILL',
      );
      disk.unmount();
    },
  };
}

export async function startFragileNats(folder: string): Promise<FragileServer> {
  // NATS reserves 64 MiB for dead letters.
  const disk = await makeDisk(folder, 160);
  const server = await startNatsServer({ args: ['-js', '-sd', folder], jetStream: false });

  async function restart(awayMs: number): Promise<void> {
    await server.kill();
    await delay(awayMs);
    await server.start();
  }

  return {
    address: { host: '127.0.0.1', port: server.port },
    kill: restart,
    async freeze(milliseconds) {
      const pid = server.processId();
      if (pid !== undefined) await freezeFamily(pid, milliseconds);
    },
    async fillDisk(milliseconds) {
      if (!disk.own) return false;
      await fill(folder, milliseconds);
      // A full disk turns JetStream off until it is started again: its health check fails, and what runs it does so.
      await restart(0);
      return true;
    },
    async dispose() {
      await server.dispose();
      disk.unmount();
    },
  };
}

/** The clock that `clock.mjs` reads. */
export async function setClock(file: string, offsetMs: number): Promise<void> {
  await writeFile(file, String(offsetMs));
}
