import { readFile, readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { dashboardFolder, dashboards } from '../grafana/src/dashboards.js';
import { renderDashboard } from '../grafana/src/render-dashboard.js';

const datasourceSchema = z.strictObject({ type: z.string(), uid: z.string() });
const panelSchema = z.looseObject({
  id: z.int().positive(),
  type: z.enum(['row', 'stat', 'table', 'timeseries']),
  title: z.string().min(1),
  gridPos: z.looseObject({ x: z.int(), y: z.int(), w: z.int().positive(), h: z.int().positive() }),
  targets: z.array(z.looseObject({ refId: z.string(), datasource: datasourceSchema })).default([]),
});
const dashboardSchema = z.looseObject({
  uid: z.string().min(1),
  title: z.string().min(1),
  templating: z.looseObject({ list: z.array(z.looseObject({ name: z.string(), type: z.string() })) }),
  panels: z.array(panelSchema).min(1),
});

it('has a committed file for each dashboard and no others', async () => {
  expect((await readdir(dashboardFolder)).sort()).toEqual(Object.keys(dashboards).sort());
});

it('gives each dashboard a uid of its own', () => {
  const uids = Object.values(dashboards).map((build) => build().uid);
  expect(new Set(uids).size).toBe(uids.length);
});

describe.each(Object.entries(dashboards))('%s', (file, build) => {
  const read = async (): Promise<string> => readFile(new URL(file, dashboardFolder), 'utf8');

  it('is up to date: `npm run build -w @xaigrid/grafana` would not change it', async () => {
    expect(await read()).toBe(await renderDashboard(build()));
  });

  it('has the shape that Grafana reads, and panels that do not overlap', async () => {
    const { panels } = dashboardSchema.parse(JSON.parse(await read()));
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => ({ column: x + (cell % w), row: y + Math.floor(cell / w) })),
    );
    expect(new Set(cells.map(({ column, row }) => `${column} ${row}`)).size).toBe(cells.length);
    expect(Math.max(...cells.map(({ column }) => column))).toBeLessThan(24);
    expect(panels.filter(({ type, targets }) => (type === 'row') !== (targets.length === 0))).toEqual([]);
  });

  it('asks only variables it has, and datasources of the kind they choose', async () => {
    const text = await read();
    const { templating, panels } = dashboardSchema.parse(JSON.parse(text));
    const variables = new Map(templating.list.map((variable) => [variable.name, variable]));
    const used = [...text.matchAll(/\$\{(\w+)(?::\w+)?\}/g)].map(([, name]) => name ?? '');
    expect(used.filter((name) => !variables.has(name))).toEqual([]);
    for (const { datasource } of panels.flatMap(({ targets }) => targets)) {
      const name = /^\$\{(\w+)\}$/.exec(datasource.uid)?.[1] ?? '';
      expect(variables.get(name)).toMatchObject({ type: 'datasource', query: datasource.type });
    }
  });
});
