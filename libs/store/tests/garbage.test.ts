import { describe, expect, it } from 'vitest';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '@xaigrid/contracts';
import { embeddedFolder } from './embedded-folder.js';
import { completeRun, samplePlan, sampleRun } from './sample-run.js';
import { useTestDatabase } from './test-database.js';

const database = useTestDatabase('garbage');
const nothing = { mapSets: 0, maps: 0, mapBytes: 0, predictionSets: 0, scoreSets: 0, artifacts: 0 };

describe('collectGarbage', () => {
  it('removes the sets that no run refers to, and counts them before', async () => {
    const { store } = database;
    const kept = await store.runs.create(sampleRun([samplePlan({ seed: 1, keepFractions: [0.3] })]));
    const removed = await store.runs.create(sampleRun([samplePlan({ seed: 1 }), samplePlan({ seed: 2 })]));
    await completeRun(store, kept.id);
    await completeRun(store, removed.id);
    expect(await store.collectGarbage({ dryRun: false })).toEqual(nothing);
    const table = await store.results.table([kept.id]);
    await store.runs.remove(removed.id);
    // Of the removed run, seed 1's maps and its scores at 0.3 belong to the kept run too.
    const report = { ...nothing, mapSets: 1, maps: 10, mapBytes: 10 * 40, scoreSets: 3 };
    expect(await store.collectGarbage({ dryRun: true })).toEqual(report);
    expect(await store.collectGarbage({ dryRun: false })).toEqual(report);
    expect(await store.collectGarbage({ dryRun: false })).toEqual(nothing);
    expect(await store.results.table([kept.id])).toEqual(table);
    expect(
      await database.query('SELECT count(*)::integer AS maps, (SELECT count(*)::integer FROM score) AS scores FROM map'),
    ).toEqual([{ maps: 10, scores: 10 }]);
  });

  it('keeps artifacts that a plan names anywhere, and those asked for within the hour', async () => {
    const { store } = database;
    const folder = await embeddedFolder();
    const put = async (text: string): Promise<string> => {
      const path = join(folder, 'file');
      await writeFile(path, text);
      const file = { sha256: sha256(text), size: text.length, path };
      await store.artifacts.putFile(file);
      return file.sha256;
    };
    const hashes = { used: await put('used'), recent: await put('recent'), asked: await put('asked'), old: await put('old') };
    await database.query(`UPDATE artifact SET used_at = now() - interval '2 hours' WHERE sha256 <> $1`, [hashes.recent]);
    const background = {
      dataset: { ...samplePlan().dataset, files: [{ name: 'x', sha256: hashes.used, size: 4 }] },
      size: 5,
      selection: 'first' as const,
    };
    await store.runs.create(sampleRun([samplePlan({ seed: 3, explainer: { ...samplePlan().explainer, background } })]));
    expect(await store.artifacts.has(hashes.asked)).toBe(true);
    expect((await store.collectGarbage({ dryRun: false })).artifacts).toBe(1);
    expect(await Promise.all(Object.values(hashes).map((hash) => store.artifacts.has(hash)))).toEqual([true, true, true, false]);
  });

  it('never takes a set from a run that is being created', async () => {
    const { store } = database;
    for (let seed = 10; seed < 20; seed += 1) {
      const plan = samplePlan({ seed });
      await store.runs.remove((await store.runs.create(sampleRun([plan]))).id);
      const [created] = await Promise.all([store.runs.create(sampleRun([plan])), store.collectGarbage({ dryRun: false })]);
      expect(await store.runs.evaluations(created.id)).toHaveLength(1);
    }
  });
});
