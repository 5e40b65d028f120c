import { operations } from '@xaigrid/contracts';
import type { z } from 'zod';
import type { HttpApp, HttpParts } from '../http-app.js';
import type { MetricsRegistry } from '../metrics.js';
import { serveOperation } from '../serve-operation.js';

/** A store that takes longer to answer counts as down. */
const PATIENCE_MS = 5_000;
/** Probes come often and from several sides. The store is asked at most once per this time. */
const KEEP_MS = 1_000;

type Health = z.output<typeof operations.healthz.answer>;

/** The routes for monitoring: whether the parts of the process are up, and numbers for Prometheus. */
export function addProbeRoutes(app: HttpApp, { control, queue }: HttpParts, metrics: MetricsRegistry): void {
  let known: { readonly until: number; readonly store: Promise<boolean> } | undefined;

  function storeIsUp(): Promise<boolean> {
    if (known === undefined || performance.now() > known.until) {
      const store = answersInTime(control.health());
      known = { until: performance.now() + KEEP_MS, store };
    }
    return known.store;
  }

  serveOperation(app, operations.healthz, async ({ reply }) => {
    const store = (await storeIsUp()) ? 'up' : 'down';
    const health: Health = { status: 'ok', store, queue: queue.healthy() ? 'up' : 'down' };
    if (health.store === 'up' && health.queue === 'up') return health;
    void reply.code(503);
    return { ...health, status: 'unavailable' as const };
  });

  serveOperation(app, operations.metrics, async ({ reply }) => reply.type(metrics.contentType).send(await metrics.text()));
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
