import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createStore, type Store } from '@xaigrid/store';
import { freePort } from '../../libs/queue/tests/nats-server.js';
import { finish, start, type BinaryName } from '../support/processes.js';
import { seeded } from '../support/seeded.js';
import { differencesOf, snapshotOf } from '../support/snapshot.js';
import { keepRunning, type Supervised } from '../support/supervised.js';
import { startTcpProxy } from '../support/tcp-proxy.js';
import { undisturbed } from '../support/undisturbed.js';
import { faultsOf, type Chance, type Fault, type Victims } from './faults.js';
import { setClock, startFragileNats, startFragilePostgres } from './servers.js';

export interface ChaosOptions {
  readonly seed: number;
  /** How many faults fall, unless time runs out before. */
  readonly faults: number;
  /** Milliseconds for the faults to fall in. */
  readonly faultsMs: number;
  /** Milliseconds that the run has to finish after the last fault. */
  readonly calmMs: number;
  readonly spec: string;
  /** Mean milliseconds between two faults. */
  readonly gapMs: number;
  /** Factor for how long faults last; 1: up to tens of seconds. */
  readonly scale: number;
  /** Workers of each kind. */
  readonly workers: number;
  readonly orchestrators: number;
  /** Only kinds whose name passes. */
  readonly only?: (name: string) => boolean;
  readonly say: (line: string) => void;
}

export interface ChaosReport {
  readonly faults: Readonly<Record<string, number>>;
  readonly total: number;
  /** How many had fallen when the run was over; all, unless it was too short. */
  readonly fallenDuringRun: number;
  readonly state: string;
  readonly shards: Readonly<Record<string, number>>;
  /** Where what is stored is not what a run has that nothing disturbed; undefined for a run that is not done. */
  readonly differences: readonly string[] | undefined;
  readonly secondsOfFaults: number;
  readonly secondsOfCalm: number;
  /** Services that ended without being killed, with their last words. */
  readonly leftByThemselves: readonly string[];
  readonly republishedShards: number;
  readonly removedMessages: number;
  readonly rebuiltConsumers: number;
}

const clockModule = fileURLToPath(new URL('clock.mjs', import.meta.url));

/** A run on a cluster whose every part is killed, frozen, cut off and led astray, by chance from a seed. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { say } = options;
  const folder = await mkdtemp(join(tmpdir(), 'xaigrid-chaos-'));
  const specFile = join(folder, 'spec.json');
  await writeFile(specFile, options.spec);
  // The embedded Postgres runs as another user when we are root.
  await chmod(folder, 0o755);
  say('computing what comes out undisturbed');
  const expected = await undisturbed(options.spec);
  const parts = await startParts(folder, options);
  try {
    const runId = await parts.submit(specFile);
    say(`run ${runId}`);
    const began = performance.now();
    const fallen = await letFaultsFall(parts, runId, options);
    const secondsOfFaults = (performance.now() - began) / 1_000;
    say(`${fallen.total} faults in ${Math.round(secondsOfFaults)} s; now it is left alone`);
    const calmBegan = performance.now();
    const state = await parts.over(runId, options.calmMs);
    const secondsOfCalm = (performance.now() - calmBegan) / 1_000;
    const run = await parts.store.runs.find(runId);
    const shards = await parts.store.shards.count(runId);
    const differences = state === 'done' ? differencesOf(await snapshotOf(parts.store, runId), expected) : undefined;
    return {
      ...fallen,
      ...{ state, shards, differences, secondsOfFaults, secondsOfCalm },
      leftByThemselves: parts.services.flatMap(({ leftByItself }) => leftByItself()),
      republishedShards: run.republished?.shards ?? 0,
      removedMessages: parts.logged(/"messages":(\d+).*removed messages/g),
      rebuiltConsumers: parts.logged(/made a consumer anew/g),
    };
  } finally {
    await parts.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Parts {
  readonly store: Store;
  readonly victims: Victims;
  readonly services: readonly Supervised[];
  submit(specFile: string): Promise<string>;
  /** Waits until the run is over. @returns its state, or `running` when that took too long */
  over(runId: string, patienceMs: number): Promise<string>;
  /** The sum of the numbers, or the count of matches, in what all services said. */
  logged(pattern: RegExp): number;
  stop(): Promise<void>;
}

async function startParts(folder: string, options: ChaosOptions): Promise<Parts> {
  const postgres = await startFragilePostgres(join(folder, 'postgres-disk'));
  const nats = await startFragileNats(join(folder, 'nats-disk'));
  const lines = {
    postgres: [await startTcpProxy(postgres.address), await startTcpProxy(postgres.address)],
    nats: [await startTcpProxy(nats.address), await startTcpProxy(nats.address)],
  };
  // The harness itself looks on a line that nothing disturbs; its server may be away all the same.
  const steady = await startTcpProxy(postgres.address);
  const store = await createStore({
    ...{ url: steady.through(postgres.url()), maxConnections: 2, connectTimeoutMs: 10_000, applicationName: 'chaos' },
  });
  const clock = join(folder, 'clock');
  await setClock(clock, 0);
  const ports = await Promise.all(Array.from({ length: options.orchestrators }, freePort));

  let launches = 0;
  function supervise(
    name: Exclude<BinaryName, 'xaigrid'>,
    place: number,
    more: Readonly<Record<string, string>> = {},
  ): Supervised {
    const line = place % 2;
    const environment = {
      DATABASE_URL: lines.postgres[line]?.through(postgres.url()) ?? '',
      NATS_URL: lines.nats[line]?.through(`nats://127.0.0.1:${nats.address.port}`) ?? '',
      XAIGRID_THREADS: '1',
      XAIGRID_ACK_WAIT_MS: '2000',
      XAIGRID_RETRY_DELAYS_MS: '100,200',
      // Whose worker was killed has had an attempt: no shard shall fail because chance picked it too often.
      XAIGRID_MAX_ATTEMPTS: '100000',
      XAIGRID_TEST_CLOCK: clock,
      NODE_OPTIONS: `--import ${clockModule}`,
      ...more,
    };
    const launch: Parameters<typeof keepRunning>[0]['launch'] = async (binary) => {
      const own = join(folder, `process-${(launches += 1)}`);
      await mkdir(own);
      return start(binary, [], { folder: own, environment: { ...environment, XAIGRID_CACHE_DIR: join(own, 'cache') } });
    };
    return keepRunning({ launch }, name);
  }

  const each = (name: Exclude<BinaryName, 'xaigrid'>): Supervised[] =>
    Array.from({ length: options.workers }, (_, place) => supervise(name, place));
  const services = {
    orchestrator: ports.map((port, place) => supervise('xaigrid-orchestrator', place, { XAIGRID_PORT: String(port) })),
    'explainer-worker': each('xaigrid-explainer-worker'),
    'metrics-worker': each('xaigrid-metrics-worker'),
  };
  const all = Object.values(services).flat();
  const url = `http://127.0.0.1:${ports[0] ?? 0}`;

  return {
    store,
    services: all,
    victims: { services, servers: { postgres, nats }, lines, setClock: (offsetMs) => setClock(clock, offsetMs) },
    async submit(specFile) {
      while (!(await fetch(`${url}/healthz`).catch(() => undefined))?.ok) {
        const left = all.flatMap(({ leftByItself }) => leftByItself());
        if (left.length > 0) throw new Error(`The cluster does not start: ${left.join('\n')}`);
        await delay(100);
      }
      const { stdout, stderr, status } = await finish('xaigrid', ['run', specFile, '--detach', '--server', url]);
      if (status !== 0) throw new Error(stderr);
      return stdout.trim();
    },
    async over(runId, patienceMs) {
      const deadline = performance.now() + patienceMs;
      for (;;) {
        const state = (await store.runs.find(runId).catch(() => undefined))?.state ?? 'running';
        if ((state !== 'running' && state !== 'planned') || performance.now() > deadline) return state;
        await delay(500);
      }
    },
    logged(pattern) {
      const matches = all.flatMap(({ log }) => [...log().matchAll(pattern)]);
      return matches.reduce((sum, match) => sum + Number(match[1] ?? 1), 0);
    },
    async stop() {
      for (const line of [...lines.postgres, ...lines.nats]) line.mend();
      for (const service of all) service.current()?.child.kill('SIGCONT');
      await Promise.all(all.map(({ end }) => end()));
      await store.close().catch(() => undefined);
      for (const line of [...lines.postgres, ...lines.nats, steady]) await line.close();
      await nats.dispose();
      await postgres.dispose();
    },
  };
}

/** Lets faults fall until there were enough, time is over or the run is; then waits until all is mended. */
async function letFaultsFall(
  { victims, store }: Parts,
  runId: string,
  options: ChaosOptions,
): Promise<Pick<ChaosReport, 'faults' | 'total' | 'fallenDuringRun'>> {
  const random = seeded(options.seed);
  const chance: Chance = { random, scale: options.scale };
  const kinds = faultsOf(victims).filter(({ name }) => options.only?.(name) ?? true);
  const counts: Record<string, number> = {};
  const underWay = new Map<string, Promise<unknown>>();
  const deadline = performance.now() + options.faultsMs;
  let total = 0;
  const following = follow(store, runId);

  while (total < options.faults && performance.now() < deadline && !following.over()) {
    const kind = choose(kinds, random());
    const victim = kind.victim(chance);
    if (!underWay.has(victim)) {
      const inflicted = kind.inflict(victim, chance).then((could) => {
        underWay.delete(victim);
        if (could) return;
        // It was not there, or cannot be done on this machine.
        total -= 1;
        counts[kind.name] = (counts[kind.name] ?? 0) - 1;
      });
      underWay.set(victim, inflicted);
      total += 1;
      counts[kind.name] = (counts[kind.name] ?? 0) + 1;
      if (total % 25 === 0) options.say(`${total} faults, ${Math.round(100 * following.done())} % of the shards done`);
    }
    // The run shall last as long as the faults: they wait for it, and hurry when it is ahead.
    const ahead = following.done() - total / options.faults;
    await delay(options.gapMs * (0.5 + random()) * (ahead < -0.05 ? 4 : ahead > 0.02 ? 0.25 : 1));
  }
  const fallenDuringRun = total;
  await Promise.all(underWay.values());
  await victims.setClock(0);
  following.end();
  return { faults: counts, total, fallenDuringRun };
}

function choose(kinds: readonly Fault[], at: number): Fault {
  let left = at * kinds.reduce((sum, { weight }) => sum + weight, 0);
  for (const kind of kinds) {
    left -= kind.weight;
    if (left < 0) return kind;
  }
  const last = kinds.at(-1);
  if (last === undefined) throw new Error('No kind of fault is left.');
  return last;
}

interface Following {
  /** Which part of the shards is done. */
  readonly done: () => number;
  readonly over: () => boolean;
  readonly end: () => void;
}

function follow(store: Store, runId: string): Following {
  const seen = { done: 0, over: false };
  const timer = setInterval(() => {
    const look = Promise.all([store.shards.count(runId), store.runs.find(runId)]);
    look.then(
      ([shards, run]) => {
        const all = shards.planned + shards.explained + shards.scored + shards.failed;
        seen.done = (shards.scored + shards.explained / 2) / all;
        seen.over = run.state !== 'running' && run.state !== 'planned';
      },
      // Postgres is away: the next look will see.
      () => undefined,
    );
  }, 500);
  return { done: () => seen.done, over: () => seen.over, end: () => clearInterval(timer) };
}
