import { fastify } from 'fastify';
import { expect, it } from 'vitest';
import { z } from 'zod';
import type { HttpApp } from '../../apps/orchestrator/src/http/http-app.js';
import { registerMetrics } from '../../apps/orchestrator/src/http/metrics.js';
import type { ZodTypeProvider } from '../../apps/orchestrator/src/http/zod-schemas.js';
import { dashboards } from '../grafana/src/dashboards.js';

/** The result of scraping the orchestrator: the labels of each series, by the name of its metric. */
async function scrape(): Promise<Map<string, Set<string>>> {
  const app: HttpApp = fastify().withTypeProvider<ZodTypeProvider>();
  const metrics = registerMetrics(app, {
    source: {
      ...{ runs: () => Promise.resolve({}), shards: () => Promise.resolve({}) },
      work: () => Promise.resolve({ total: 0, open: 0, computed: 0 }),
      mended: () => ({ republishedShards: 0, removedMessages: 0, rebuiltConsumers: 0 }),
    },
    queue: { depth: () => Promise.resolve({ waiting: 0, inProgress: 0 }), deadLetters: () => Promise.resolve(0) },
  });
  app.get('/', () => 'one request, so that durations have labels');
  await app.inject('/');
  const found = new Map<string, Set<string>>();
  for (const [, name = '', labels = ''] of (await metrics.text()).matchAll(/^(\w+)(?:\{(.*)\})? \S+$/gm)) {
    const known = found.get(name) ?? new Set(['instance', 'job']);
    for (const [, label = ''] of labels.matchAll(/(\w+)="/g)) known.add(label);
    found.set(name, known);
  }
  await app.close();
  return found;
}

const panelSchema = z.looseObject({
  targets: z.array(z.looseObject({ expr: z.string().optional(), legendFormat: z.string().optional() })).default([]),
});

const expressions = Object.values(dashboards).flatMap((build) =>
  (build().panels ?? []).flatMap((panel) =>
    panelSchema
      .parse(panel)
      .targets.flatMap(({ expr, legendFormat = '' }) => (expr === undefined ? [] : [{ expression: expr, legend: legendFormat }])),
  ),
);

it('asks Prometheus only for metrics and labels that the orchestrator gives', async () => {
  const found = await scrape();
  expect(found.size).toBeGreaterThan(10);
  expect(expressions.length).toBeGreaterThan(5);
  for (const { expression, legend } of expressions) {
    const names = expression.match(/\b(?:xaigrid|process|nodejs)_\w+/g) ?? [];
    expect(names, expression).not.toEqual([]);
    for (const name of names) {
      const labels = found.get(name);
      expect(labels, `${name} in ${expression}`).toBeDefined();
      const grouped = [...expression.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(/, */));
      const shown = [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label);
      expect(
        [...grouped, ...shown].filter((label) => labels?.has(label) !== true),
        expression,
      ).toEqual([]);
    }
  }
});
