import { choiceKey } from '@xaigrid/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, createPool, type Database } from '../src/sql/prisma.js';
import { completeRun, samplePlan, sampleRun } from './sample-run.js';
import { useTestDatabase } from './test-database.js';

const database = useTestDatabase('schema');
let prisma: Database;

beforeAll(async () => {
  prisma = createDatabase(
    createPool({ url: database.url, maxConnections: 1, connectTimeoutMs: 10_000, applicationName: 'schema' }),
  );
  const indices = Int32Array.from({ length: 10 }, (_, index) => index);
  const key = choiceKey(indices);
  const plan = samplePlan({ chosen: { choose: 'random', seed: 0, sha256: key } });
  const run = await database.store.runs.create({ ...sampleRun([plan]), choices: new Map([[key, indices]]) });
  await completeRun(database.store, run.id);
  await database.store.results.summarize(run.id);
  await database.query(`INSERT INTO map_part SELECT map_set_id, sample_index, 0, data FROM map LIMIT 1`);
});

afterAll(() => prisma.$disconnect());

describe('schema.prisma', () => {
  it('has the columns of the hand-written migrations, no more and no fewer', async () => {
    // A row of every table, with all columns that Prisma knows.
    const rows: Record<string, object | null> = {
      run: await prisma.run.findFirst(),
      evaluation: await prisma.evaluation.findFirst(),
      evaluation_setting: await prisma.evaluationSetting.findFirst(),
      run_progress: await prisma.runProgress.findFirst(),
      shard: await prisma.shard.findFirst(),
      map_set: await prisma.mapSet.findFirst(),
      map: await prisma.map.findFirst(),
      map_part: await prisma.mapPart.findFirst(),
      prediction_set: await prisma.predictionSet.findFirst(),
      prediction: await prisma.prediction.findFirst(),
      score_set: await prisma.scoreSet.findFirst(),
      score: await prisma.score.findFirst(),
      score_summary: await prisma.scoreSummary.findFirst(),
      score_bound: await prisma.scoreBound.findFirst(),
      column_set: await prisma.columnSet.findFirst(),
      column_part: await prisma.columnPart.findFirst(),
      sample_choice: await prisma.sampleChoice.findFirst(),
      chosen_sample: await prisma.chosenSample.findFirst(),
    };
    const counts = await database.query<{ table: string; columns: number }>(
      `SELECT table_name AS "table", count(*)::integer AS columns FROM information_schema.columns WHERE table_name = ANY ($1) GROUP BY 1`,
      [Object.keys(rows)],
    );
    expect(Object.fromEntries(counts.map(({ table, columns }) => [table, columns]))).toEqual(
      Object.fromEntries(Object.entries(rows).map(([table, row]) => [table, Object.keys(row ?? {}).length])),
    );
  });

  it('knows every state a run can be in', async () => {
    const states = await database.query<{ state: string }>('SELECT unnest(enum_range(NULL::run_state))::text AS state');
    const { runStates } = await import('@xaigrid/contracts');
    expect(states.map(({ state }) => state)).toEqual([...runStates]);
  });
});
