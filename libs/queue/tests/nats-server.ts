import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect as dial, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

export interface NatsServer {
  readonly port: number;
  readonly url: string;
  readonly processId: () => number | undefined;
  /** Where it stores streams. */
  readonly folder: string;
  /** As the server says it, for example `2.9.10`. */
  readonly version: () => string;
  /** SIGKILL: what was not yet written is lost, as when the machine fails. */
  readonly kill: () => Promise<void>;
  /** An orderly stop. */
  readonly stop: () => Promise<void>;
  /** @param otherArgs instead of those of the first start */
  readonly start: (otherArgs?: readonly string[]) => Promise<void>;
  /** Removes everything stored; only while stopped. */
  readonly wipe: () => Promise<void>;
  readonly dispose: () => Promise<void>;
}

/** A nats-server of its own for a test file: a free port, a storage folder that goes with it. */
export async function startNatsServer({
  args = [],
  jetStream = true,
  environment = {},
}: {
  args?: readonly string[];
  jetStream?: boolean;
  /** Variables that its configuration refers to. */
  environment?: Readonly<Record<string, string>>;
} = {}): Promise<NatsServer> {
  const binary = findBinary();
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), 'xaigrid-nats-'));
  let child: ChildProcess | undefined;
  let version = '';

  async function start(otherArgs = args): Promise<void> {
    const started = spawn(
      binary,
      ['-a', '127.0.0.1', '-p', String(port), ...(jetStream ? ['-js', '-sd', folder] : []), ...otherArgs],
      {
        stdio: ['ignore', 'ignore', 'pipe'],
        env: { ...process.env, ...environment },
      },
    );
    child = started;
    let log = '';
    started.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
    for (let tries = 0; !(await accepts(port)) || !log.includes('Server is ready'); tries += 1) {
      if (started.exitCode !== null || tries > 500) throw new Error(`nats-server did not start:\n${log}`);
      await delay(20);
    }
    version = /Version:\s+(\S+)/.exec(log)?.[1] ?? '';
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    const running = child;
    child = undefined;
    if (running?.exitCode !== null) return;
    const exited = once(running, 'exit');
    running.kill(signal);
    await exited;
  }

  await start();
  return {
    port,
    url: `nats://127.0.0.1:${port}`,
    processId: () => child?.pid,
    folder,
    version: () => version,
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    start,
    wipe: () => rm(folder, { recursive: true, force: true }),
    async dispose() {
      await end('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Never a silent skip: without the server these tests would say nothing about the adapter that a cluster runs on. */
function findBinary(): string {
  const wanted = process.env.NATS_SERVER;
  if (wanted !== undefined) return wanted;
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin', '/usr/local/bin'];
  const found = folders.map((folder) => join(folder, 'nats-server')).find((path) => existsSync(path));
  if (found === undefined) {
    throw new Error(
      'nats-server is not installed, and the queue tests need it: "apt-get install nats-server" (or "brew install nats-server"), or set NATS_SERVER to its path.',
    );
  }
  return found;
}

export async function freePort(): Promise<number> {
  const probe = createServer();
  probe.listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = dial(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
