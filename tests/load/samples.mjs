/**
 * A million samples of ten methods, ten million scores, and any page of their list: how long the store takes under every filter and
 * order, what packing costs, and how fast scores are written with and without the triggers that forget packed columns. Some 15 minutes and
 * 6 GB; `npm run load -- samples --samples 100000` takes fewer. With XAIGRID_LOAD_FOLDER the database stays there, and
 * --only-pages asks it for pages again.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createStore, startEmbeddedPostgres } from '@xaigrid/store';
import pg from 'pg';
import { planScoredRun, writeScores } from './scored-run.mjs';
import { makeSampleStore, METHODS } from './sample-store.mjs';
import { samplePages, timesOf } from './sample-pages.mjs';

const at = process.argv.indexOf('--samples');
const samples = at < 0 ? 1_000_000 : Number(process.argv[at + 1]);
/** Times pages of a store that an earlier call left. */
const onlyPages = process.argv.includes('--only-pages');
const kept = process.env.XAIGRID_LOAD_FOLDER;
const folder = kept ?? (await mkdtemp(join(tmpdir(), 'xaigrid-load-')));
await mkdir(folder, { recursive: true });
const server = await startEmbeddedPostgres({ folder: join(folder, 'postgres') });
const open = () => createStore({ url: server.url, maxConnections: 4, connectTimeoutMs: 10_000 });
let store = await open();
const client = new pg.Client(server.url);
await client.connect();

async function timed(what, work) {
  const started = performance.now();
  const result = await work();
  console.log(`${what}: ${((performance.now() - started) / 1000).toFixed(1)} s`);
  return result;
}

async function sizeOf(...tables) {
  const { rows } = await client.query(
    `SELECT sum(pg_total_relation_size(oid))::float8 AS bytes FROM pg_class WHERE relname = ANY ($1)`,
    [tables],
  );
  return `${(rows[0].bytes / 1e6).toFixed(0)} MB`;
}

/** Scores a second as metrics workers write them, with the triggers that forget packed columns and without, in turns. */
async function writingSpeed(turns) {
  const speeds = { with: [], without: [] };
  for (let turn = 0; turn < 2 * turns; turn += 1) {
    const which = turn % 2 === 0 ? 'without' : 'with';
    await client.query(`ALTER TABLE score ${which === 'with' ? 'ENABLE' : 'DISABLE'} TRIGGER score_columns_added`);
    const shape = { firstSeed: 10_000 + turn, evaluations: 1, settings: 10, samples: 20_000, shardSize: 1_000 };
    const runId = await planScoredRun({ ...{ store, client, name: 'written' }, ...shape });
    let [scores, seconds] = [0, 0];
    await writeScores({ ...{ store, runId }, onShard: (more, took) => ([scores, seconds] = [scores + more, seconds + took]) });
    speeds[which].push(scores / seconds);
    await store.runs.move(runId, ['planned'], 'cancelled');
    await store.runs.remove(runId);
  }
  await store.collectGarbage({ dryRun: false });
  for (const [which, all] of Object.entries(speeds))
    console.log(`scores a second ${which} the triggers: ${all.map((speed) => speed.toFixed(0)).join(', ')}`);
}

try {
  const known = (await store.runs.list({ limit: 10 })).find(({ name }) => name === 'many samples');
  const runId =
    known?.id ??
    (await timed(`${METHODS} methods × ${samples} samples written`, () => makeSampleStore({ store, client, samples })));
  const query = { runId, controls: new Set(), headline: () => 'drop', isOver: true, limit: 100 };
  if (!onlyPages) {
    await client.query('VACUUM ANALYZE');
    await client.query('TRUNCATE column_set CASCADE');
    await timed('first page by disagreement, from the rows', () =>
      store.results.samples({ ...query, isOver: false, sort: '-disagreement' }),
    );
    await timed('columns packed, with the sums where they are missing', () => store.results.summarize(runId));
    console.log(
      `scores and predictions ${await sizeOf('score', 'prediction')}, columns ${await sizeOf('column_part', 'column_set')}`,
    );
    await writingSpeed(3);
  }
  // What a new process has to read first.
  await store.close();
  store = await open();
  await timed('first page by disagreement, from columns, nothing in memory', () =>
    store.results.samples({ ...query, sort: '-disagreement' }),
  );
  const all = [];
  const before = process.cpuUsage();
  for (const [name, page] of samplePages) {
    const times = await timesOf((place) => store.results.samples({ ...query, ...page, ...place }));
    all.push(...times);
    console.log(`  ${name.padEnd(60)} ${times.map((ms) => ms.toFixed(0).padStart(5)).join('')} ms`);
  }
  const { user, system } = process.cpuUsage(before);
  for (const of of ['score', 'confidence', 'disagreement'])
    for (const [name, filter] of Object.entries({ everything: {}, wrong: { right: false } }))
      await timed(`histogram of ${of}, ${name}`, () => store.results.histogram({ ...query, ...filter, of, bins: 50 }));
  for (const measure of ['drop', 'ties'])
    await timed(`samples of two methods in bins, by ${measure}`, () =>
      store.results.samplePairs({ ...query, otherRunId: runId, by: 0, against: 1, measure, bins: 40, limit: 2_000 }),
    );
  console.log(`processor time of this process: ${((user + system) / 1000 / all.length).toFixed(0)} ms a page`);
  all.sort((a, b) => a - b);
  const part = (share) => all[Math.min(all.length - 1, Math.floor(share * all.length))].toFixed(0);
  console.log(
    `${all.length} pages: median ${part(0.5)}, 95th percentile ${part(0.95)}, worst ${part(1)} ms; target 200 ms at the 95th`,
  );
} finally {
  await client.end();
  await store.close();
  await server.stop();
  if (kept === undefined) await rm(folder, { recursive: true, force: true });
}
