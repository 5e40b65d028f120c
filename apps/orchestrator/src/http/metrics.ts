import { runStates, shardStates, stages } from '@xaigrid/contracts';
import type { WorkQueue } from '@xaigrid/queue';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { mendings, type MendingKind } from '@xaigrid/driving';
import type { HttpApp } from './http-app.js';
import type { MetricsSource } from './metrics-source.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether the route is left out of the durations. */
    readonly untimed?: boolean;
  }
}

const mendingCounters: Readonly<Record<MendingKind, { readonly name: string; readonly help: string }>> = {
  republishedShards: {
    name: 'xaigrid_shards_republished_total',
    help: 'Shards that were published again because the queue had lost their task.',
  },
  removedMessages: {
    name: 'xaigrid_queue_messages_removed_total',
    help: 'Messages removed from the queue because no consumer would have delivered them any more.',
  },
  rebuiltConsumers: {
    name: 'xaigrid_queue_consumers_rebuilt_total',
    help: 'Consumers recreated because they were missing or delivered nothing.',
  },
};

export interface MetricsRegistry {
  readonly contentType: string;
  text(): Promise<string>;
}

/** From a route that answers at once to a table of many runs, in seconds. */
const DURATION_BUCKETS = [0.005, 0.02, 0.1, 0.5, 2, 10, 60];

/**
 * The metrics for Prometheus: this process, runs and shards, the queue, and the durations of requests. If the source of a number
 * does not answer, the number is left out and the others stay.
 */
export function registerMetrics(
  app: HttpApp,
  { source, queue }: { readonly source: MetricsSource; readonly queue: Pick<WorkQueue, 'depth' | 'deadLetters'> },
): MetricsRegistry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  registerGauge(registry, 'xaigrid_runs', 'Runs by state.', ['state'], async (set) => {
    const counts = await source.runs();
    for (const state of runStates) set({ state }, counts[state] ?? 0);
  });
  registerGauge(registry, 'xaigrid_shards', 'Shards of runs under way, by state.', ['state'], async (set) => {
    const counts = await source.shards();
    for (const state of shardStates) set({ state }, counts[state] ?? 0);
  });
  registerGauge(registry, 'xaigrid_work_megaflop', 'Work of runs under way at both stages.', ['state'], async (set) => {
    const { total, open } = await source.work();
    set({ state: 'open' }, open);
    set({ state: 'done' }, total - open);
  });
  registry.registerMetric(
    new Counter({
      name: 'xaigrid_work_computed_megaflop_total',
      help: 'Work that runs computed while this process watched; what was stored before is not computed.',
      registers: [],
      async collect() {
        // Without an answer the counter keeps its value: a fall would look like a restart.
        const { computed } = await source.work().catch(() => ({ computed: undefined }));
        if (computed === undefined) return;
        this.reset();
        this.inc(computed);
      },
    }),
  );
  registerGauge(
    registry,
    'xaigrid_queue_tasks',
    'Tasks on the queue, waiting or with a worker.',
    ['stage', 'state'],
    async (set) => {
      for (const stage of stages) {
        const { waiting, inProgress } = await queue.depth(stage);
        set({ stage, state: 'waiting' }, waiting);
        set({ stage, state: 'in-progress' }, inProgress);
      }
    },
  );
  registerGauge(
    registry,
    'xaigrid_dead_letters',
    'Tasks and other messages that were given up, of two weeks.',
    [],
    async (set) => {
      set({}, await queue.deadLetters());
    },
  );
  for (const kind of mendings) {
    registry.registerMetric(
      new Counter({
        ...mendingCounters[kind],
        registers: [],
        collect() {
          this.reset();
          this.inc(source.mended()[kind]);
        },
      }),
    );
  }
  timeRequests(app, registry);
  return { contentType: registry.contentType, text: () => registry.metrics() };
}

function registerGauge<Label extends string>(
  registry: Registry,
  name: string,
  help: string,
  labelNames: readonly Label[],
  read: (set: (labels: Record<Label, string>, value: number) => void) => Promise<void>,
): void {
  registry.registerMetric(
    new Gauge({
      ...{ name, help, labelNames, registers: [] },
      async collect() {
        this.reset();
        await read((labels, value) => this.set(labels, value)).catch(() => this.reset());
      },
    }),
  );
}

function timeRequests(app: HttpApp, registry: Registry): void {
  const durations = new Histogram({
    name: 'xaigrid_http_request_duration_seconds',
    help: 'Time from a request to the end of its answer.',
    labelNames: ['method', 'route', 'status'],
    buckets: DURATION_BUCKETS,
    registers: [registry],
  });
  app.addHook('onResponse', (request, reply, done) => {
    const { config, url } = request.routeOptions;
    if (config.untimed !== true) {
      durations.observe({ method: request.method, route: url ?? 'unknown', status: reply.statusCode }, reply.elapsedTime / 1000);
    }
    done();
  });
}
