import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCluster } from '../support/cluster.js';
import { repository, start } from '../support/processes.js';
import { imageSpec, smallSpec, writeImages } from '../support/specs.js';
import { readTrace, tracedBy, type Trace } from '../support/strace.js';

/**
 * xaigrid speaks to nobody whom the user has not named, and writes nowhere but into its store, its cache, the temporary
 * folder and what it was asked to write: its processes run under strace, and every address and every file is looked at.
 */
describe('what strangers get of xaigrid', () => {
  let folder: string;
  let home: string;
  let temporary: string;
  let work: string;
  /** The user's store. */
  let own: string;
  /** The user's cache: of `.cache` no more than that is xaigrid's. */
  let cache: string;
  let environment: Record<string, string>;
  let traces = 0;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xaigrid-strangers-'));
    [home, temporary, work] = [join(folder, 'home'), join(folder, 'temporary'), join(folder, 'work')];
    own = join(home, '.local', 'share', 'xaigrid');
    cache = join(home, '.cache', 'xaigrid');
    for (const one of [join(home, '.local', 'share'), join(home, '.cache'), temporary, work])
      await mkdir(one, { recursive: true });
    // A Postgres started by root runs as another user and must get at its files.
    await chmod(folder, 0o755);
    await chmod(temporary, 0o777);
    environment = { HOME: home, TMPDIR: temporary, XDG_DATA_HOME: '', XDG_CACHE_HOME: '' };
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const traceFile = (): string => join(folder, `trace-${traces++}`);

  /** Whom it addressed and what it wrote that it should not have. `named`: whom the user named; it may also address itself. */
  function offences(trace: Trace, named: readonly string[], folders: readonly string[]): string[] {
    // nscd is asked for the names of users; where it does not run, look-ups of hosts go to port 53.
    const known = new Set([...named, ...trace.bound, 'unix:/var/run/nscd/socket']);
    const own = ['/dev/null', '/dev/tty', '/dev/shm/PostgreSQL.', ...folders.map((one) => `${one}/`)];
    const within = (path: string): boolean => folders.includes(path) || own.some((one) => path.startsWith(one));
    return [
      ...trace.addressed.filter((address) => !known.has(address) && !folders.some((one) => address.startsWith(`unix:${one}`))),
      ...trace.bound.filter((address) => !/^(127\.0\.0\.1|\[::1\]):|^unix:/.test(address)),
      ...trace.written.filter((path) => !within(path)),
    ];
  }

  async function traced(program: string, args: readonly string[], cwd: string, more: NodeJS.ProcessEnv = {}): Promise<Trace> {
    const file = traceFile();
    const [strace = '', ...before] = tracedBy(file);
    const env = { ...process.env, ...environment, ...more };
    const child = spawn(strace, [...before, program, ...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await once(child, 'close');
    expect(child.exitCode, said).toBe(0);
    return readTrace(file, child.pid);
  }

  async function xaigrid(...args: string[]): Promise<Trace> {
    const file = traceFile();
    const running = start('xaigrid', args, { folder: work, environment, under: tracedBy(file) });
    const { status, stderr } = await running.finished;
    expect(status, stderr).toBe(0);
    return readTrace(file, running.child.pid);
  }

  it('would be seen: an address, a look-up, a listener, files', async () => {
    const program = `
      const fs = require('node:fs'), net = require('node:net'), path = require('node:path');
      const home = process.env.HOME;
      fs.mkdirSync(path.join(home, 'made'));
      fs.writeFileSync(path.join(home, 'made', 'file'), '1');
      fs.renameSync(path.join(home, 'made', 'file'), path.join(home, 'made', 'renamed'));
      fs.symlinkSync('anything', path.join(home, 'made', 'link'));
      net.connect(9, '127.0.0.1').on('error', () => undefined);
      const socket = require('node:dgram').createSocket('udp4');
      socket.send('?', 53, '127.0.0.2', () => socket.close());
      const server = net.createServer().listen(0, '0.0.0.0', () => server.close());
      fs.rmSync(path.join(home, 'made'), { recursive: true });`;
    const trace = await traced(process.execPath, ['-e', program], work);
    const made = ['', '/file', '/renamed', '/link'].map((name) => join(home, 'made') + name);
    // Node binds a datagram's socket itself.
    expect(offences(trace, [], [work, temporary]).sort()).toEqual(['0.0.0.0:0', '127.0.0.1:9', '127.0.0.2:53', ...made].sort());
  });

  it('is nothing from a run on this machine and its figures', async () => {
    const images = join(work, 'images');
    await writeImages(images);
    await writeFile(join(work, 'images.json'), imageSpec(images));
    await writeFile(join(work, 'small.json'), smallSpec({ samples: 4, first: true }));
    for (const args of [
      ['run', 'images.json'],
      ['run', 'small.json', '--engine', 'tensorflow'],
      ['figures', 'latest', '--format', 'png', '--sample', '0'],
      ['doctor'],
    ])
      expect(offences(await xaigrid(...args), [], [own, cache, work, temporary]), args.join(' ')).toEqual([]);
  }, 300_000);

  it('is nothing from the services of a cluster', async () => {
    const cluster = await startCluster(environment);
    const ofService = { XAIGRID_CACHE_DIR: join(temporary, 'cache') };
    try {
      const files = [traceFile(), traceFile(), traceFile()];
      const [orchestrator, ...workers] = [
        await cluster.start('xaigrid-orchestrator', ofService, tracedBy(files[0] ?? '')),
        await cluster.start('xaigrid-explainer-worker', ofService, tracedBy(files[1] ?? '')),
        await cluster.start('xaigrid-metrics-worker', ofService, tracedBy(files[2] ?? '')),
      ];
      const host = (url: string): string => new URL(url).host;
      const [server, ...named] = [cluster.serverUrl(), cluster.databaseUrl, cluster.nats.url].map(host);
      await writeFile(join(work, 'small.json'), smallSpec({ samples: 10 }));
      const command = await xaigrid('run', 'small.json', '--server', cluster.serverUrl());
      expect(offences(command, [server ?? ''], [cache, work, temporary])).toEqual([]);
      // ONNX Runtime looked up its maker's host nine seconds after the first session.
      await delay(10_000);
      const services = [orchestrator, ...workers];
      for (const service of services) service.kill('SIGTERM');
      for (const [index, { child, finished }] of services.entries()) {
        await finished;
        const trace = await readTrace(files[index] ?? '', child.pid);
        expect(trace.addressed).toEqual(expect.arrayContaining(named));
        expect(offences(trace, named, [temporary])).toEqual([]);
      }
    } finally {
      await cluster.stop();
    }
  });

  it('is nothing from tests that make engines', async () => {
    const vitest = join(repository, 'node_modules', 'vitest', 'vitest.mjs');
    const files = ['libs/graph/tests/folding.test.ts', 'libs/engine/tests/thread-connection.test.ts'];
    const outer = Object.keys(process.env).filter((name) => name.startsWith('VITEST'));
    const fresh = Object.fromEntries(['ORT_DISABLE_TELEMETRY', ...outer].map((name) => [name, undefined]));
    const trace = await traced(process.execPath, [vitest, 'run', ...files], repository, fresh);
    const caches = ['.vite', '.vite-temp'].map((name) => join(repository, 'node_modules', name));
    expect(offences(trace, [], [temporary, ...caches])).toEqual([]);
  });

  it('is nothing from npx and a build', async () => {
    const build = ['nx', 'run', '@xaigrid/contracts:build'];
    const npm = join(home, '.npm');
    // On a machine of CI, npm does not ask for a newer npm, and Nx not for its cloud.
    const fresh = { CI: undefined, NX_NO_CLOUD: undefined, NX_DAEMON: 'false', npm_config_cache: npm };
    const trace = await traced('npx', build, repository, fresh);
    expect(offences(trace, [], [repository.replace(/\/$/, ''), temporary, join(tmpdir(), '.nx'), npm])).toEqual([]);
  });
});
