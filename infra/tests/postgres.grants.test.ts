import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256 } from '@xaigrid/contracts';
import { createStore, startEmbeddedPostgres, type EmbeddedPostgres, type Store } from '@xaigrid/store';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { sampleMaps, samplePredictions, sampleRun, sampleScores } from '../../libs/store/tests/sample-run.js';
import { dashboards } from '../grafana/src/dashboards.js';
import { grantRights, makeRoles, run, urlOfRole, type Role } from './database-roles.js';

const passwordOf = (role: Role): string => `the '${role}' password`;

let folder: string;
let server: EmbeddedPostgres;
const stores: Store[] = [];

function urlOf(role: Role): string {
  return urlOfRole(server.url, role, passwordOf);
}

async function storeOf(role: Role): Promise<Store> {
  const store = await createStore({ url: urlOf(role), maxConnections: 2, connectTimeoutMs: 10_000 });
  stores.push(store);
  return store;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xaigrid-grants-'));
  server = await startEmbeddedPostgres({ folder });
  await makeRoles(server.url, passwordOf);
  await makeRoles(server.url, passwordOf); // Again, as one does to change passwords.
  await storeOf('orchestrator');
  await grantRights(urlOf('orchestrator'));
  await grantRights(urlOf('orchestrator'));
});
afterAll(async () => {
  await Promise.all(stores.map((store) => store.close()));
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

it('lets each service do its part of a run, and the reader see what came out', async () => {
  const [orchestrator, explainer, metrics] = [
    await storeOf('orchestrator'),
    await storeOf('explainer_worker'),
    await storeOf('metrics_worker'),
  ];
  const model = join(folder, 'model.bin');
  await orchestrator.artifacts.putFile(await fileOf(model));
  const { id } = await orchestrator.runs.create(sampleRun());
  await orchestrator.runs.move(id, ['planned'], 'running');
  const [evaluation] = await orchestrator.runs.evaluations(id);
  if (evaluation === undefined) throw new Error('no evaluation');
  const { mapSetId, predictionSetId, scoreSetIds } = evaluation;

  for (const shard of await orchestrator.shards.page(id, { states: ['planned'], afterId: 0, limit: 10 })) {
    const { id: shardId, start, end } = shard;
    for (const [worker, stage] of [
      [explainer, 'explain'],
      [metrics, 'score'],
    ] as const) {
      expect(await worker.shards.context(shardId)).toMatchObject({ runState: 'running', evaluation: { scoreSetIds } });
      await worker.shards.beginAttempt(shardId, stage, 'worker');
      for await (const chunk of worker.artifacts.chunks((await fileOf(model)).sha256)) expect(chunk.length).toBe(5);
    }
    await explainer.maps.missing(mapSetId, start, end);
    await explainer.predictions.missing(predictionSetId, start, end);
    // Large maps, which are stored in parts.
    const maps = sampleMaps(start, end).map((map) => ({ ...map, data: new Float32Array(5000) }));
    const explained = { shardId, mapSetId, mapShape: [5000], maps, predictionSetId };
    await explainer.shards.completeExplain({ ...explained, predictions: samplePredictions(start, end), reused: 0 });

    await metrics.maps.read(mapSetId, start, end);
    await metrics.predictions.read(predictionSetId, start, end);
    await metrics.scores.missing(scoreSetIds, start, end);
    await metrics.shards.completeScore({ shardId, scores: sampleScores(scoreSetIds, start, end), computed: 2, reused: 0 });
    // Too late for both, but they may report it.
    await explainer.shards.fail(shardId, { stage: 'explain', attempts: 1, code: 'INTERNAL', message: 'late' });
    await metrics.shards.fail(shardId, { stage: 'score', attempts: 1, code: 'INTERNAL', message: 'late' });
    // The aggregate so far is deleted when the metrics worker adds the scores of the next shard.
    await orchestrator.results.summarize(id);
    expect(await orchestrator.results.table([id])).toMatchObject([{ samples: end }, { samples: end }]);
  }
  await orchestrator.runs.move(id, ['running'], 'done');
  await orchestrator.collectGarbage({ dryRun: false });
  const { rows } = await run(urlOf('reader'), `SELECT DISTINCT samples FROM table_row WHERE run_id = '${id}'`);
  expect(rows).toEqual([{ samples: 10 }]);
});

async function fileOf(path: string): Promise<{ path: string; size: number; sha256: string }> {
  await writeFile(path, 'bytes');
  return { path, size: 5, sha256: sha256('bytes') };
}

it.each<[Role, string]>([
  ['explainer_worker', `DELETE FROM map`],
  ['explainer_worker', `DELETE FROM map_part`],
  ['explainer_worker', `UPDATE map SET degenerate = true`],
  ['explainer_worker', `SELECT * FROM score`],
  ['explainer_worker', `UPDATE map_set SET key = 'x'`],
  ['explainer_worker', `UPDATE run SET state = 'done'`],
  ['metrics_worker', `INSERT INTO map VALUES (1, 1, false, '{}', '')`],
  ['metrics_worker', `DELETE FROM score`],
  ['metrics_worker', `INSERT INTO score_summary VALUES (1, 1, 0, 1, 0, 0, 0)`],
  ['metrics_worker', `UPDATE artifact_chunk SET data = ''`],
  ['metrics_worker', `CREATE TABLE mine (a integer)`],
  ['reader', `SELECT * FROM map`],
  ['reader', `SELECT * FROM whole_map`],
  ['reader', `SELECT * FROM artifact_chunk`],
])('refuses %s: %s', async (role, sql) => {
  await expect(run(urlOf(role), sql)).rejects.toThrow(/^permission denied/);
});

it('keeps the reader from writing and from queries that never end', async () => {
  await expect(run(urlOf('reader'), `CREATE TEMPORARY TABLE mine (a integer)`)).rejects.toThrow(/read-only|permission denied/);
  expect((await run(urlOf('reader'), 'SHOW statement_timeout')).rows).toEqual([{ statement_timeout: '1min' }]);
});

/** A query as Grafana's Postgres plugin sends it, with macros and variables replaced. */
function expand(sql: string): string {
  return sql
    .replace(/\$__timeFilter\(([\w.]+)\)/g, `$1 BETWEEN '2020-01-01' AND '2030-01-01'`)
    .replace(/\$__timeGroupAlias\((\w+), '1m'\)/g, 'floor(extract(epoch FROM $1) / 60) * 60 AS "time"')
    .replace(/\$\{run:sqlstring\}/g, `'one', 'another'`);
}

const queriesSchema = z.looseObject({
  panels: z.array(z.looseObject({ targets: z.array(z.looseObject({ rawSql: z.string().optional() })).default([]) })),
  templating: z.looseObject({ list: z.array(z.looseObject({ type: z.string(), query: z.string() })) }),
});

/** The queries of a dashboard's panels and variables to Postgres. */
const queries = Object.entries(dashboards).flatMap(([name, build]) => {
  const { panels, templating } = queriesSchema.parse(build());
  const ofPanels = panels.flatMap(({ targets }) => targets.flatMap(({ rawSql }) => rawSql ?? []));
  const ofVariables = templating.list.filter(({ type }) => type === 'query').map(({ query }) => query);
  return [...ofPanels, ...ofVariables].map((sql) => [name, sql] as const);
});

it.each(queries)('lets the reader ask what %s asks: %s', async (_, sql) => {
  await expect(run(urlOf('reader'), expand(sql))).resolves.toHaveProperty('rows');
});
