import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createStore, type Store } from '../src/index.js';
import { useTestDatabase } from './test-database.js';

const database = useTestDatabase('migrate');
const folder = new URL('../prisma/migrations/', import.meta.url);

/** Each test has an empty database beside the file's own. */
let url = '';
let client: pg.Client;
let count = 0;
const opened: Store[] = [];

beforeEach(async () => {
  count += 1;
  const name = `${new URL(database.url).pathname.slice(1)}_${String(count)}`;
  await database.query(`CREATE DATABASE "${name}"`);
  const own = new URL(database.url);
  own.pathname = `/${name}`;
  url = own.href;
  client = new pg.Client(url);
  await client.connect();
});

afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
  await client.end();
  await database.query(`DROP DATABASE "${new URL(url).pathname.slice(1)}" WITH (FORCE)`);
});

async function open(): Promise<Store> {
  const store = await createStore({ url, maxConnections: 2, connectTimeoutMs: 10_000 });
  opened.push(store);
  return store;
}

async function migrationNames(): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

/** Makes the database that a version with the first `count` migrations left behind. */
async function leaveOlder(names: readonly string[]): Promise<void> {
  await client.query(
    `CREATE TABLE "_prisma_migrations" (id VARCHAR(36) PRIMARY KEY, checksum VARCHAR(64) NOT NULL, finished_at TIMESTAMPTZ,
       migration_name VARCHAR(255) NOT NULL, logs TEXT, rolled_back_at TIMESTAMPTZ, started_at TIMESTAMPTZ NOT NULL DEFAULT now(),
       applied_steps_count INTEGER NOT NULL DEFAULT 0)`,
  );
  for (const [ordinal, name] of names.entries()) {
    const sql = await readFile(new URL(`${name}/migration.sql`, folder), 'utf8');
    await client.query(sql);
    await client.query(
      'INSERT INTO "_prisma_migrations" (id, checksum, migration_name, finished_at, applied_steps_count) VALUES ($1, $2, $3, now(), 1)',
      [String(ordinal), createHash('sha256').update(sql).digest('hex'), name],
    );
  }
}

describe('createStore', () => {
  it('records migrations as `prisma migrate deploy` does', async () => {
    await open();
    const { rows } = await client.query(
      'SELECT migration_name, checksum, applied_steps_count, finished_at >= started_at AS finished, rolled_back_at, logs, length(id) AS id FROM _prisma_migrations ORDER BY 1',
    );
    const expected = await Promise.all(
      (await migrationNames()).map(async (name) => ({
        migration_name: name,
        checksum: createHash('sha256')
          .update(await readFile(new URL(`${name}/migration.sql`, folder)))
          .digest('hex'),
        applied_steps_count: 1,
        finished: true,
        rolled_back_at: null,
        logs: null,
        id: 36,
      })),
    );
    expect(rows).toEqual(expected);
  });

  it('migrates once when many processes open a new database at once', async () => {
    await Promise.all([open(), open(), open(), open()]);
    const { rows } = await client.query(
      'SELECT count(*)::integer AS count, count(DISTINCT migration_name)::integer AS names FROM _prisma_migrations',
    );
    const { length } = await migrationNames();
    expect(rows[0]).toEqual({ count: length, names: length });
  });

  it('goes on where an older version stopped, with what is stored', async () => {
    const names = await migrationNames();
    await leaveOlder(names.slice(0, 2));
    const hash = 'a'.repeat(64);
    await client.query(
      `INSERT INTO run (id, name, spec_text, versions) VALUES ('old', 'old', '', '{}');
       INSERT INTO map_set (key) VALUES ('${hash}');
       INSERT INTO prediction_set (key) VALUES ('${hash}');
       INSERT INTO evaluation (run_id, ordinal, plan, samples, map_set_id, prediction_set_id) VALUES ('old', 0, '{}', 10, 1, 1);
       INSERT INTO shard (run_id, evaluation_id, sample_start, sample_end, state, maps_computed, scores_reused)
       VALUES ('old', 1, 0, 4, 'scored', 3, 8), ('old', 1, 4, 8, 'explained', 4, 0), ('old', 1, 8, 9, 'failed', 0, 0), ('old', 1, 9, 10, 'planned', 0, 0)`,
    );
    const [first, second] = await Promise.all([open(), open()]);
    expect(await first.shards.count('old')).toEqual({ planned: 1, explained: 1, scored: 1, failed: 1 });
    expect(await second.runs.progress('old')).toMatchObject({ samples: 10, explained: 8, scored: 4, failed: 1 });
    expect(await first.runs.counters('old')).toEqual({ mapsComputed: 7, mapsReused: 0, scoresComputed: 0, scoresReused: 8 });
  });

  it('lists the samples of runs that an older version finished', async () => {
    const names = await migrationNames();
    await leaveOlder(names.filter((name) => name < '20261201000000'));
    const hash = 'a'.repeat(64);
    const plan = {
      ...{ dataset: { name: 'd', fingerprint: hash }, model: { name: 'm' }, explainer: { method: 'sise' }, label: 'sise' },
      ...{ engine: 'onnxruntime', explainedClass: 'predicted' },
      settings: [{ metric: 'drop-increase', version: 1, scoredClass: 'predicted', setting: { keepFraction: 0.3 } }],
    };
    await client.query(
      `INSERT INTO run (id, name, spec_text, versions, state) VALUES ('old', 'old', '', '{}', 'done');
       INSERT INTO map_set (key) VALUES ('${hash}');
       INSERT INTO prediction_set (key) VALUES ('${hash}');
       INSERT INTO score_set (key, metric, version, scored_class, setting, measure_names, aggregates)
         VALUES ('${hash}', 'drop-increase', 1, 'predicted', '{"keepFraction": 0.3}', '{drop}', '{mean}');
       INSERT INTO evaluation (run_id, ordinal, plan, samples, map_set_id, prediction_set_id) VALUES ('old', 0, '${JSON.stringify(plan)}', 9, 1, 1);
       INSERT INTO evaluation_setting VALUES (1, 0, 1);
       INSERT INTO prediction (prediction_set_id, sample_index, true_class, predicted_class, outputs)
         SELECT 1, i, 0, i % 2, ARRAY[0.75, 0.25] FROM generate_series(0, 8) i;
       INSERT INTO score SELECT 1, i, false, ARRAY[i * 5 % 9] FROM generate_series(0, 8) i`,
    );
    const store = await open();
    const { samples } = await store.results.samples({
      ...{ runId: 'old', controls: new Set(), headline: () => 'drop', isOver: true, right: true, sort: '-score', limit: 2 },
    });
    // Even samples are right; their scores are 0, 1, 2, 3, 4.
    expect(samples.map(({ sampleIndex, scores: [score] }) => [sampleIndex, score?.value])).toEqual([
      [8, 4],
      [6, 3],
    ]);
  });

  it('counts the work of older runs by samples, and goes on counting', async () => {
    const names = await migrationNames();
    await leaveOlder(names.filter((name) => name < '20261129010000'));
    const hash = 'a'.repeat(64);
    await client.query(
      `INSERT INTO run (id, name, spec_text, versions) VALUES ('old', 'old', '', '{}');
       INSERT INTO map_set (key) VALUES ('${hash}');
       INSERT INTO prediction_set (key) VALUES ('${hash}');
       INSERT INTO evaluation (run_id, ordinal, plan, samples, map_set_id, prediction_set_id) VALUES ('old', 0, '{}', 20, 1, 1);
       INSERT INTO shard (run_id, evaluation_id, sample_start, sample_end) SELECT 'old', 1, i, i + 4 FROM generate_series(0, 16, 4) i`,
    );
    // Each in the session of another worker: the counts are in more than one slot.
    const changes = [
      `state = 'explained', maps_computed = 3, maps_reused = 1 WHERE sample_start IN (0, 4)`,
      `state = 'scored', scores_computed = 6, scores_reused = 2 WHERE sample_start = 0`,
      `state = 'failed' WHERE sample_start = 8`,
    ];
    for (const change of changes) {
      const worker = new pg.Client(url);
      await worker.connect();
      await worker.query(`UPDATE shard SET ${change}`);
      await worker.end();
    }
    const store = await open();
    expect((await store.runs.progress('old')).work).toEqual({ total: 40, open: 4 + 2 * 8, computed: 3 + 3 + 3 });
    await client.query(`UPDATE shard SET state = 'scored', scores_computed = 8 WHERE sample_start = 4`);
    // As an orchestrator of the older version would.
    await client.query(`INSERT INTO evaluation (run_id, ordinal, plan, samples, map_set_id, prediction_set_id) VALUES ('old', 1, '{}', 5, 1, 1);
      INSERT INTO shard (run_id, evaluation_id, sample_start, sample_end) VALUES ('old', 2, 0, 5)`);
    expect((await store.runs.progress('old')).work).toEqual({ total: 50, open: 16 + 10, computed: 9 + 4 });
  });

  it('tells of older runs what their evaluations are about', async () => {
    const names = await migrationNames();
    await leaveOlder(names.filter((name) => name < '20261128230000'));
    const hash = 'a'.repeat(64);
    await client.query(
      `INSERT INTO run (id, name, spec_text, versions)
       VALUES ('old', 'old', '', '{"xaigrid": "0", "node": "v20", "platform": "linux"}');
       INSERT INTO map_set (key) VALUES ('${hash}');
       INSERT INTO prediction_set (key) VALUES ('${hash}')`,
    );
    const evaluations = [
      ['z', 'm', 'sise'],
      ['a', 'm', 'random'],
      ['z', 'm', 'sise'],
    ];
    for (const [ordinal, [dataset, model, method]] of evaluations.entries()) {
      const plan = { dataset: { name: dataset }, model: { name: model }, explainer: { method } };
      await client.query(
        `INSERT INTO evaluation (run_id, ordinal, plan, samples, map_set_id, prediction_set_id) VALUES ('old', $1, $2, 10, 1, 1)`,
        [ordinal, plan],
      );
    }
    const store = await open();
    expect(await store.runs.find('old')).toMatchObject({
      ...{ datasets: ['z', 'a'], models: ['m'], methods: ['sise', 'random'], tags: [], note: '' },
    });
  });

  it('shows the tables an older version showed, and sums up the runs that had finished then', async () => {
    const names = await migrationNames();
    await leaveOlder(names.filter((name) => name < '20261124120000'));
    const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
    await client.query(
      `INSERT INTO map_set (key) VALUES ('${hash('maps')}');
       INSERT INTO prediction_set (key) VALUES ('${hash('predictions')}');
       INSERT INTO score_set (key, metric, version, scored_class, setting, measure_names, aggregates)
       SELECT md5(i::text) || md5(i::text), 'drop-increase', 1, 'predicted', '{}', '{drop,increase,ties,maskedClass}', '{mean,share,count,collapse}'
       FROM generate_series(1, 3) i;
       INSERT INTO score SELECT 1 + i % 3, i / 3, i % 7 = 0, ARRAY[sin(i), (i % 4 = 0)::integer, i % 5, i % 6] FROM generate_series(0, 299) i`,
    );
    for (const state of ['done', 'done-with-failures', 'running']) {
      await client.query(
        `INSERT INTO run (id, name, state, spec_text, versions) VALUES ($1, 'old', $1::text::run_state, '', '{}')`,
        [state],
      );
      // One with a divided setting, one with fewer samples than its sets have.
      const plan = { settings: [{}, {}, { divisor: { value: 70, measures: ['drop', 'increase'] } }] };
      for (const [ordinal, samples] of [100, 60].entries()) {
        await client.query(
          `WITH e AS (INSERT INTO evaluation (run_id, ordinal, plan, samples, map_set_id, prediction_set_id) VALUES ($1, $2, $3, $4, 1, 1) RETURNING id)
           INSERT INTO evaluation_setting SELECT e.id, i - 1, i FROM e, generate_series(1, 3) i`,
          [state, ordinal, plan, samples + (state === 'running' ? 1 : 0)],
        );
      }
    }
    const show = async (): Promise<unknown[]> =>
      (
        await client.query<Record<string, unknown>>(
          'SELECT * FROM table_row ORDER BY run_id, evaluation, setting_ordinal, measure_ordinal',
        )
      ).rows;
    const before = await show();
    expect(before).toHaveLength(3 * 2 * 3 * 4);
    const store = await open();
    expect(await show()).toEqual(before);
    const counted = await client.query('SELECT planned, count(*)::integer AS count FROM score_summary GROUP BY 1 ORDER BY 1');
    expect(counted.rows).toEqual([60, 100].map((planned) => ({ planned, count: 12 })));
    await store.results.summarize('running');
    expect(await show()).toEqual(before);
  });

  it('keeps the storage of float bytes uncompressed', async () => {
    await open();
    const { rows } = await client.query(
      `SELECT attrelid::regclass::text AS table, attstorage AS storage FROM pg_attribute WHERE attname = 'data' AND attrelid IN ('map'::regclass, 'artifact_chunk'::regclass) ORDER BY 1`,
    );
    expect(rows).toEqual([
      { table: 'artifact_chunk', storage: 'e' },
      { table: 'map', storage: 'e' },
    ]);
  });

  it('says what every table and view is, for people with psql', async () => {
    await open();
    const { rows } = await client.query(
      `SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v') AND relname <> '_prisma_migrations' AND obj_description(oid) IS NULL`,
    );
    expect(rows).toEqual([]);
  });

  it('refuses a database with a migration it does not know', async () => {
    await open();
    await client.query(
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count) VALUES ('x', 'y', '29991231000000_future', now(), 1)`,
    );
    await expect(open()).rejects.toMatchObject({
      code: 'DATABASE_SCHEMA',
      message:
        'The database is newer than this xaigrid (it has migration "29991231000000_future"). Use the version that made it, or another database.',
    });
  });

  it('refuses a database whose migration had another text', async () => {
    await open();
    await client.query(`UPDATE _prisma_migrations SET checksum = repeat('0', 64)`);
    await expect(open()).rejects.toMatchObject({
      code: 'DATABASE_SCHEMA',
      message: expect.stringContaining('in another form') as string,
    });
  });

  it('refuses a migration that another tool left half-way, and forgets one that was rolled back', async () => {
    await open();
    await client.query(`UPDATE _prisma_migrations SET finished_at = NULL WHERE migration_name LIKE '%views'`);
    await expect(open()).rejects.toMatchObject({
      code: 'DATABASE_SCHEMA',
      message: expect.stringContaining('prisma migrate resolve') as string,
    });
    await client.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
    await leaveOlder((await migrationNames()).slice(0, 2));
    await client.query(
      `UPDATE _prisma_migrations SET rolled_back_at = now() WHERE migration_name LIKE '%views'; DROP VIEW table_row, sample_score, evaluation_overview`,
    );
    await open();
  });

  it('refuses a database with an early migration missing', async () => {
    await open();
    await client.query(`DELETE FROM _prisma_migrations WHERE migration_name LIKE '%initial'`);
    await expect(open()).rejects.toMatchObject({
      code: 'DATABASE_SCHEMA',
      message: expect.stringContaining('but has later ones') as string,
    });
  });

  it('leaves alone a database of somebody else', async () => {
    await client.query('CREATE TABLE run (mine integer)');
    await expect(open()).rejects.toMatchObject({
      code: 'DATABASE_SCHEMA',
      message: expect.stringContaining('a database of its own') as string,
    });
    const { rows } = await client.query(`SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace`);
    expect(rows).toEqual([{ relname: 'run' }]);
  });

  it('tells which right is missing', async () => {
    const role = `reader_${String(process.pid)}`;
    await client.query(`CREATE ROLE ${role} LOGIN PASSWORD 'secret'`);
    const theirs = new URL(url);
    theirs.username = role;
    theirs.password = 'secret';
    await expect(createStore({ url: theirs.href, maxConnections: 1, connectTimeoutMs: 10_000 })).rejects.toMatchObject({
      code: 'DATABASE_SCHEMA',
      message: expect.stringMatching(/permission denied.*Grant the user CREATE/) as string,
    });
    await client.query(`DROP ROLE ${role}`);
  });
});
