import { healthzAnswerSchema } from '@xaigrid/contracts';
import { z } from 'zod';
import type { HttpApp, HttpParts } from '../http-app.js';
import type { MetricsRegistry } from '../metrics.js';

/** A store that takes longer than this to answer counts as down. */
const PATIENCE_MS = 5_000;
/** Probes come often and from several sides; the store is asked at most this often. */
const KEEP_MS = 1_000;

type Health = z.output<typeof healthzAnswerSchema>;

/** For what watches the process: whether its parts are up, and numbers for Prometheus. */
export function addProbeRoutes(app: HttpApp, { control, queue }: HttpParts, metrics: MetricsRegistry): void {
  let known: { readonly until: number; readonly store: Promise<boolean> } | undefined;

  function storeIsUp(): Promise<boolean> {
    if (known === undefined || performance.now() > known.until) {
      const store = answersInTime(control.health());
      known = { until: performance.now() + KEEP_MS, store };
    }
    return known.store;
  }

  app.get(
    '/healthz',
    {
      config: { open: true, rateLimit: false },
      schema: {
        ...{ operationId: 'healthz', tags: ['probes'], summary: 'Whether the store and the queue are up.', security: [] },
        response: { 200: healthzAnswerSchema, 503: healthzAnswerSchema },
      },
    },
    async (_request, reply) => {
      const store = (await storeIsUp()) ? 'up' : 'down';
      const health: Health = { status: 'ok', store, queue: queue.healthy() ? 'up' : 'down' };
      if (health.store === 'up' && health.queue === 'up') return health;
      return reply.code(503).send({ ...health, status: 'unavailable' });
    },
  );

  app.get(
    '/metrics',
    {
      schema: {
        ...{ operationId: 'metrics', tags: ['probes'], summary: 'Numbers for Prometheus.' },
        response: { 200: { description: 'Prometheus text.', content: { 'text/plain': { schema: z.string() } } } },
      },
    },
    async (_request, reply) => reply.type(metrics.contentType).send(await metrics.text()),
  );
}

async function answersInTime(answer: Promise<unknown>): Promise<boolean> {
  const tooLate = new AbortController();
  const timer = setTimeout(() => tooLate.abort(), PATIENCE_MS);
  try {
    return await Promise.race([
      answer.then(
        () => true,
        () => false,
      ),
      new Promise<boolean>((resolve) => tooLate.signal.addEventListener('abort', () => resolve(false))),
    ]);
  } finally {
    clearTimeout(timer);
  }
}
