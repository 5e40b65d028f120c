/**
 * Ten million scores: written through the store as metrics workers do, then asked for through the store and over HTTP. It takes some 20
 * minutes and 7 GB. With XAIGRID_LOAD_FOLDER the database stays there, and the next call goes on with it.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createStore, startEmbeddedPostgres } from '@xaigrid/store';
import pg from 'pg';
import { startNatsServer } from '../../libs/queue/tests/nats-server.ts';
import { start } from '../support/processes.ts';
import { answerTimes, describeTimes, pageQueries, searchParams, targetsMs } from './answer-times.mjs';
import { planScoredRun, writeScores } from './scored-run.mjs';

/** As a study has them: 10 methods × 10 keep fractions × 100 000 samples; and a sweep, with many settings of few samples. */
const shapes = {
  'ten million scores in 100 settings': { firstSeed: 0, evaluations: 10, settings: 10, samples: 100_000, shardSize: 1_000 },
  'one million scores in 1,000 settings': { firstSeed: 1_000, evaluations: 100, settings: 10, samples: 1_000, shardSize: 1_000 },
};
const REPORT_EVERY = 500_000;

const kept = process.env.XAIGRID_LOAD_FOLDER;
const folder = kept ?? (await mkdtemp(join(tmpdir(), 'xaigrid-load-')));
await mkdir(folder, { recursive: true });
const server = await startEmbeddedPostgres({ folder: join(folder, 'postgres') });
const store = await createStore({ url: server.url, maxConnections: 4, connectTimeoutMs: 10_000 });
const client = new pg.Client(server.url);
await client.connect();
try {
  const runs = [];
  for (const [name, shape] of Object.entries(shapes)) runs.push({ name, runId: await written(name, shape) });
  // What autovacuum does within minutes.
  await client.query('VACUUM ANALYZE');
  for (const { name, runId } of runs) await summarized(name, runId);
  await sizes();
  for (const { name, runId } of runs) await throughStore(name, runId);
  await overHttp(runs[0].runId);
} finally {
  await client.end();
  await store.close();
  await server.stop();
  if (kept === undefined) await rm(folder, { recursive: true, force: true });
}

/** The run of that shape: the one stored, or a new one; what is missing of its scores is written. */
async function written(name, shape) {
  const all = await store.runs.list({ limit: 10 });
  const runId = all.find((run) => run.name === name)?.id ?? (await planScoredRun({ ...{ store, client, name }, ...shape }));
  if ((await store.shards.count(runId)).planned === 0) return runId;
  console.log(`\nWriting ${name}`);
  let { scored: total } = await store.runs.progress(runId);
  total *= shape.settings;
  let [scores, seconds] = [0, 0];
  const report = () =>
    console.log(`${total.toLocaleString('en').padStart(12)} stored: ${(scores / seconds).toFixed(0)} scores/s`);
  await writeScores({
    ...{ store, runId },
    onShard(more, took) {
      [total, scores, seconds] = [total + more, scores + more, seconds + took];
      if (scores < REPORT_EVERY) return;
      report();
      [scores, seconds] = [0, 0];
    },
  });
  if (scores > 0) report();
  return runId;
}

async function summarized(name, runId) {
  const { rows } = await client.query(
    `SELECT FROM evaluation e JOIN evaluation_setting es ON es.evaluation_id = e.id JOIN score_summary k USING (score_set_id) WHERE run_id = $1 LIMIT 1`,
    [runId],
  );
  if (rows.length > 0) return;
  const reading = performance.now();
  const before = JSON.stringify(await store.results.table([runId]));
  const summing = performance.now();
  await store.results.summarize(runId);
  const end = performance.now();
  const same = before === JSON.stringify(await store.results.table([runId]));
  const seconds = (from, to) => `${((to - from) / 1000).toFixed(1)} s`;
  console.log(
    `\n${name}: table from the scores ${seconds(reading, summing)}, summing them up ${seconds(summing, end)}, ${same ? 'the same table' : 'ANOTHER TABLE'} after`,
  );
}

async function sizes() {
  const { rows } = await client.query(
    `SELECT relname AS name, pg_size_pretty(pg_relation_size(oid)) AS size FROM pg_class
     WHERE relname = 'score' OR relname = 'score_summary' OR oid IN (SELECT indexrelid FROM pg_index WHERE indrelid IN ('score'::regclass, 'prediction'::regclass))
     ORDER BY relkind DESC, relname`,
  );
  console.log(`\nOn disk: ${rows.map(({ name, size }) => `${name} ${size}`).join(', ')}`);
}

async function throughStore(name, runId) {
  console.log(`\n${name}, through the store; warm; median and worst of 9`);
  describeTimes('table', await answerTimes(() => store.results.table([runId])), targetsMs.table);
  for (const [what, query] of Object.entries(pageQueries)) {
    describeTimes(
      `scores: ${what}`,
      await answerTimes(() => store.results.scores({ runId, limit: 100, offset: 0, ...query })),
      targetsMs.scores,
    );
  }
}

async function overHttp(runId) {
  const nats = await startNatsServer();
  const environment = { DATABASE_URL: server.url, NATS_URL: nats.url, XAIGRID_PORT: '0' };
  const orchestrator = start('xaigrid-orchestrator', [], { folder, environment });
  try {
    await orchestrator.says(/http:\/\/127\.0\.0\.1:\d+/);
    const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(orchestrator.stderr() + orchestrator.stdout());
    const get = async (path) => {
      const answer = await fetch(`${url}/v1/runs/${runId}/${path}`);
      if (!answer.ok) throw new Error(await answer.text());
      return answer.json();
    };
    console.log('\nThe same, over HTTP from the orchestrator');
    describeTimes('table', await answerTimes(async () => (await get('table')).rows), targetsMs.table);
    for (const what of ['no filter', 'class 3', '-drop', 'class 3, -drop', 'drop 0.5 to 0.6', 'degenerate, -drop']) {
      const path = `scores?${searchParams(pageQueries[what])}`;
      describeTimes(`scores: ${what}`, await answerTimes(async () => (await get(path)).scores), targetsMs.scores);
    }
  } finally {
    orchestrator.kill('SIGTERM');
    await orchestrator.finished;
    await nats.dispose();
  }
}
